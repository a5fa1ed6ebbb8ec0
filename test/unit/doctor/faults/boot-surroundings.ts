// Faults around the daemon: orphans of earlier runs, other daemons, other protections, clocks and containers.

import type { DoctorFacts } from "../../../../src/doctor/facts/doctor-facts.ts";
import { elf, NOW_S } from "../checks/programs/rig.ts";
import { type Fault, fault, whenRun } from "./fault.ts";
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
  fault(
    "BOOT-009",
    "a crash has left the pid file",
    "A",
    (world) => {
      world.down().host.file("/run/tsv/tsv.pid", "815\n");
      world.host.file("/proc/locks", "1: FLOCK  ADVISORY  WRITE 5 08:01:99999 0 EOF\n");
    },
    {
      after: whenRun("systemctl start", (world) => world.up()),
      also: { "SOCK-001": "the daemon does not run" },
    },
  ),
  fault(
    "BOOT-009",
    "a pid file outside of tsv's directory is left",
    "B",
    (world) => {
      world.down().edit("/run/tsv/tsv.pid", "/run/supervisord.pid");
      world.host.file("/run/supervisord.pid", "815\n");
      world.host.file("/proc/locks", "1: FLOCK  ADVISORY  WRITE 5 08:01:99999 0 EOF\n");
    },
    {
      after: whenRun("systemctl start", (world) => world.up()),
      also: { "SOCK-001": "the daemon does not run" },
    },
  ),
  fault(
    "BOOT-010",
    "a second daemon was started with the same configuration",
    "person",
    (world) => {
      const second = { ...DAEMON, pid: 820, startTicks: 82_000 };
      world.set({ daemons: [DAEMON, second] }).host.run(820, DAEMON.command);
    },
  ),
  fault(
    "BOOT-011",
    "tsv was upgraded, and the old one runs",
    "B",
    (world) => world.daemon({ exeDeleted: true }),
    { after: whenRun("upgrade", (world) => world.daemon({ exeDeleted: false })) },
  ),
  fault("BOOT-023", "the keeper could not be executed", "person", (world) =>
    world.daemon({ isKeeper: false }),
  ),
  fault(
    "BOOT-012",
    "the executable has the label of a home",
    "A",
    ({ host }) =>
      host.answers.set(`stat -c %C ${EXECUTABLE}`, {
        status: 0,
        output: "unconfined_u:object_r:user_home_t:s0",
      }),
    {
      like: ({ host }) => {
        host.file("/sys/fs/selinux/enforce", "1");
        host.answers.set(`stat -c %C ${EXECUTABLE}`, {
          status: 0,
          output: "system_u:object_r:bin_t:s0",
        });
      },
      after: whenRun("restorecon", ({ host }) =>
        host.answers.set(`stat -c %C ${EXECUTABLE}`, {
          status: 0,
          output: "system_u:object_r:bin_t:s0",
        }),
      ),
    },
  ),
  fault(
    "BOOT-012",
    "SELinux denies a program",
    "person",
    ({ host }) => {
      const line = `type=AVC msg=audit(${NOW_S - 60}.1:4): avc:  denied  { execute } for  pid=1 comm="tsv" name="web"\n`;
      host.file("/var/log/audit/audit.log", line);
    },
    {
      like: ({ host }) =>
        void host.file("/sys/fs/selinux/enforce", "1").file("/var/log/audit/audit.log", ""),
    },
  ),
  fault("BOOT-018", "the executable is that of another processor", "person", ({ host }) =>
    host.bytes(EXECUTABLE, elf(183, 64), { mode: 0o755 }),
  ),
  fault(
    "BOOT-019",
    "a Supervisor is enabled for the same configuration",
    "B",
    (world) => world.service({ supervisors: supervisors({}) }),
    {
      after: whenRun("daemon-reload", (world) =>
        world.service({ supervisors: supervisors({ isMasked: true, isEnabled: false }) }),
      ),
    },
  ),
  fault("BOOT-019", "a Supervisor runs for the same configuration", "person", (world) =>
    world.service({ supervisors: supervisors({ isRunning: true }) }),
  ),
  fault("BOOT-020", "somebody started the daemon by hand beside its service", "person", (world) =>
    world.service({ isActive: false }).properties({ ActiveState: "inactive", MainPID: "0" }),
  ),
];
