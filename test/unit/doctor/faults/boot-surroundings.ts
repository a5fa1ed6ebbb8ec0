// Faults around the daemon: orphans of earlier runs, other daemons, other protections, clocks and containers.

import type { DoctorFacts } from "../../../../src/doctor/facts/doctor-facts.ts";
import { elf, NOW_S } from "../checks/programs/rig.ts";
import { type Fault, whenRun } from "./fault.ts";
import { CONF, DAEMON, EXECUTABLE } from "./healthy.ts";

function supervisors(changes: object): DoctorFacts["service"]["supervisors"] {
  const service = {
    name: "supervisor",
    path: "/lib/systemd/system/supervisor.service",
    text: "",
    isRunning: false,
    isEnabled: true,
    isMasked: false,
  };
  return { services: [{ ...service, ...changes }], processes: [], configs: [CONF] };
}

export const SURROUNDING_FAULTS: readonly Fault[] = [
  {
    code: "BOOT-009",
    what: "a crash has left the pid file",
    breaks: (world) => {
      world.down().host.file("/run/tsv/tsv.pid", "815\n");
      world.host.file("/proc/locks", "1: FLOCK  ADVISORY  WRITE 5 08:01:99999 0 EOF\n");
    },
    after: whenRun("systemctl start", (world) => world.up()),
    fixes: "A",
    also: { "SOCK-001": "the daemon does not run" },
  },
  {
    code: "BOOT-009",
    what: "a pid file outside of tsv's directory is left",
    breaks: (world) => {
      world.down().edit("/run/tsv/tsv.pid", "/run/supervisord.pid");
      world.host.file("/run/supervisord.pid", "815\n");
      world.host.file("/proc/locks", "1: FLOCK  ADVISORY  WRITE 5 08:01:99999 0 EOF\n");
    },
    after: whenRun("systemctl start", (world) => world.up()),
    fixes: "B",
    also: { "SOCK-001": "the daemon does not run" },
  },
  {
    code: "BOOT-021",
    what: "the configuration belongs to the package of Supervisor",
    breaks: ({ host }) => void host.file("/var/lib/dpkg/info/supervisor.list", `/.\n${CONF}\n`),
    after: whenRun("dpkg-divert", ({ host }) =>
      host.file("/var/lib/dpkg/diversions", `${CONF}\n${CONF}.of-package\n:\n`),
    ),
    fixes: "B",
  },
  {
    code: "BOOT-010",
    what: "a second daemon was started with the same configuration",
    breaks: (world) => {
      const second = { ...DAEMON, pid: 820, startTicks: 82_000 };
      world.set({ daemons: [DAEMON, second] }).host.run(820, DAEMON.command);
    },
    fixes: "person",
  },
  {
    code: "BOOT-011",
    what: "tsv was upgraded, and the old one runs",
    breaks: (world) => void world.daemon({ exeDeleted: true }),
    after: whenRun("upgrade", (world) => world.daemon({ exeDeleted: false })),
    fixes: "B",
  },
  {
    code: "BOOT-012",
    what: "the executable has the label of a home",
    like: ({ host }) => {
      host.file("/sys/fs/selinux/enforce", "1");
      host.answers.set(`stat -c %C ${EXECUTABLE}`, {
        status: 0,
        output: "system_u:object_r:bin_t:s0",
      });
    },
    breaks: ({ host }) =>
      void host.answers.set(`stat -c %C ${EXECUTABLE}`, {
        status: 0,
        output: "unconfined_u:object_r:user_home_t:s0",
      }),
    after: whenRun("restorecon", ({ host }) =>
      host.answers.set(`stat -c %C ${EXECUTABLE}`, {
        status: 0,
        output: "system_u:object_r:bin_t:s0",
      }),
    ),
    fixes: "A",
  },
  {
    code: "BOOT-012",
    what: "SELinux denies a program",
    like: ({ host }) =>
      void host.file("/sys/fs/selinux/enforce", "1").file("/var/log/audit/audit.log", ""),
    breaks: ({ host }) => {
      const line = `type=AVC msg=audit(${NOW_S - 60}.1:4): avc:  denied  { execute } for  pid=1 comm="tsv" name="web"\n`;
      host.file("/var/log/audit/audit.log", line);
    },
    fixes: "person",
  },
  {
    code: "BOOT-013",
    what: "every directory is mounted with noexec",
    breaks: (world) => {
      const { host } = world.down();
      for (const place of ["/dev/shm", "/tmp", "/var/tmp", "/run"]) {
        host.directory(place, { mode: 0o1777 });
        host.mount(place, { type: "tmpfs", options: ["rw", "noexec"] });
      }
      host.directory("/run").mount("/usr", { options: ["ro"] });
    },
    fixes: "person",
    also: { "SOCK-001": "the daemon does not run" },
  },
  {
    code: "BOOT-018",
    what: "the executable is that of another processor",
    breaks: ({ host }) => void host.bytes(EXECUTABLE, elf(183, 64), { mode: 0o755 }),
    fixes: "person",
  },
  {
    code: "BOOT-019",
    what: "a Supervisor is enabled for the same configuration",
    breaks: (world) => void world.service({ supervisors: supervisors({}) }),
    after: whenRun("daemon-reload", (world) =>
      world.service({ supervisors: supervisors({ isMasked: true, isEnabled: false }) }),
    ),
    fixes: "B",
  },
  {
    code: "BOOT-019",
    what: "a Supervisor runs for the same configuration",
    breaks: (world) => void world.service({ supervisors: supervisors({ isRunning: true }) }),
    fixes: "person",
  },
  {
    code: "BOOT-020",
    what: "somebody started the daemon by hand beside its service",
    breaks: (world) =>
      void world.service({ isActive: false }).properties({ ActiveState: "inactive", MainPID: "0" }),
    fixes: "person",
  },
];
