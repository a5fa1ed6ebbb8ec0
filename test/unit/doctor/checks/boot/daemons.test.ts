// Which daemons run, what they leave behind, and Supervisor beside them, on hosts in memory.

import type { AnswerKind, RunningDaemon } from "../../../../../src/doctor/facts/doctor-facts.ts";
import type { SupervisorFacts } from "../../../../../src/install/plan/take-over.ts";
import type { SupervisorService } from "../../../../../src/install/services/init-system.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import { DAEMON, healthyHost, installed } from "./boot-host.ts";

const PID_FILE = "/run/tsv/tsv.pid";
const HOUR = 3_600_000;
const WRITTEN = Date.UTC(2026, 0, 2, 3, 4, 5) - 24 * HOUR;

/** A pid file; no process has locked it. */
function leftOver(text = "812\n"): DoctorHost {
  return healthyHost()
    .file(PID_FILE, text)
    .file("/proc/locks", "1: FLOCK  ADVISORY  WRITE 5 08:01:99999 0 EOF\n");
}

function used(command: readonly string[], startedMs: number): Facts {
  return installed({ on: leftOver().run(812, command, { startedMs }) });
}

/** @param held of its inode, as in /proc/locks */
function locked(kind: string, held: (inode: number) => string): Facts {
  const on = leftOver();
  const inode = on.nodes.get(PID_FILE)?.inode ?? 0;
  return installed({ on: on.file("/proc/locks", `1: ${kind}  WRITE 5 ${held(inode)} 0 EOF\n`) });
}

/** A server of the configuration, of which nothing else is seen. */
function answered(kind: AnswerKind): Facts {
  const server = { section: "unix_http_server", url: "unix:///run/tsv/tsv.sock", kind, detail: "" };
  return installed({ on: leftOver(), servers: [{ ...server, daemon: null }] });
}

/** @param option of /proc */
function hiding(option: string): Facts {
  const on = leftOver();
  on.uid = 1000;
  const [room] = on.mounts;
  if (room !== undefined) on.mounts.push({ ...room, mountPoint: "/proc", options: [option] });
  return installed({ on });
}

rows("BOOT-009", [
  [
    "a pid of a later daemon",
    used(["/usr/bin/tsv", "daemon"], WRITTEN + HOUR),
    { evidence: /started after the file was written/ },
  ],
  [
    "a pid of another process",
    used(["/usr/sbin/cron"], WRITTEN - HOUR),
    { evidence: /is not a daemon/ },
  ],
  ["a pid of Supervisor", used(["/usr/bin/python3", "/usr/bin/supervisord"], WRITTEN - HOUR), null],
  ["a pid of tsv", used(["/opt/tsv", "daemon"], WRITTEN - HOUR), null],
  ["a pid of a process without a command", used([], WRITTEN - HOUR), null],
  ["a locked file", locked("FLOCK  ADVISORY", (inode) => `08:01:${inode}`), null],
  ["unknown locks", installed({ on: leftOver().remove("/proc/locks") }), null],
  ["a lock elsewhere", locked("POSIX  ADVISORY", (inode) => `00:2f:${inode}`), {}],
  ["a lock on a device of that number", locked("POSIX  ADVISORY", (inode) => `08:${inode}:7`), {}],
  ["a lock on a longer number", locked("POSIX  ADVISORY", (inode) => `00:${inode}:${inode}1`), {}],
  ...["", "secret\n", "12 34\n", "99999999999\n"].map(
    (text): Row => [`a file with ${JSON.stringify(text)}`, installed({ on: leftOver(text) }), null],
  ),
  [
    "a symlink",
    installed({
      on: leftOver().remove(PID_FILE).file("/srv/x", "812\n").link(PID_FILE, "/srv/x"),
    }),
    null,
  ],
  ["a hidden daemon answers", answered("answers"), null],
  ["a hidden daemon rejects this user", answered("unauthorized"), null],
  ["users see only their own processes", hiding("hidepid=2"), null],
  ["users see only their own processes, in words", hiding("hidepid=invisible"), null],
  ["all see all processes", hiding("hidepid=0"), { evidence: /no process has the pid/ }],
  ["a missing directory", installed({ on: healthyHost().remove("/run/tsv") }), null],
  [
    "a directory that the daemon's user cannot write to",
    installed({ text: "[supervisord]\nuser=pi\npidfile=/run/tsv.pid\n" }),
    { class: "C", evidence: /EACCES: \/run is root:root 0755/ },
  ],
  [
    "the default directory",
    installed({ text: `[supervisord]\nuser=pi\npidfile=${PID_FILE}\n` }),
    { commands: ["# in [supervisord]: pidfile=/var/lib/tsv/run/tsv.pid"], class: "C" },
  ],
]);

function daemon(pid: number, config: string | null = "/etc/tsv/tsv.conf"): RunningDaemon {
  const command = ["/usr/local/bin/tsv", "daemon", "-n", "-c", config ?? "?"];
  return { ...DAEMON, pid, command, config, startedMs: Date.UTC(2026, 0, 2, 2, 4, 5) };
}

function running(daemons: readonly RunningDaemon[], facts: Facts = {}, parent = 1): Facts {
  const { on = healthyHost() } = facts;
  for (const { pid, command } of daemons) {
    on.run(pid, command, { parent: pid === daemons[0]?.pid ? 1 : parent });
  }
  return installed({ ...facts, on, daemons });
}

const TWO = [daemon(400), daemon(500)];

rows("BOOT-010", [
  [
    "one of two daemons answers",
    running(TWO, {
      servers: [
        {
          ...{ section: "unix_http_server", url: "unix:///run/tsv/tsv.sock", kind: "answers" },
          detail: "",
          daemon: {
            ...{ pid: 500, version: "4.2.5", isTsv: true },
            ...{ stateName: "RUNNING", methods: [] },
          },
        },
      ],
    }),
    { severity: "error", class: "C", commands: ["kill -TERM 400"] },
  ],
  [
    "none of them answers",
    running(TWO),
    { commands: ["ps -o user,pid,ppid,lstart,args -p 400,500"] },
  ],
  [
    "a symlink to the configuration",
    running([daemon(400), daemon(500, "/etc/supervisord.conf")], {
      on: healthyHost().link("/etc/supervisord.conf", "/etc/tsv/tsv.conf"),
    }),
    { severity: "error" },
  ],
  [
    "other configurations",
    running([daemon(400), daemon(500, "/srv/other.conf"), daemon(600, null)]),
    null,
  ],
  ["a program that is being started", running(TWO, {}, 400), null],
]);

const INACTIVE = { service: { isActive: false }, daemon: DAEMON };

rows("BOOT-020", [
  ["an unknown state", installed({ ...INACTIVE, service: { isActive: null } }), null],
  [
    "a service that cannot be started",
    installed({ ...INACTIVE, on: healthyHost().remove("/usr/local/bin/tsv") }),
    null,
  ],
  [
    "a daemon with another configuration",
    installed({ ...INACTIVE, daemon: { ...DAEMON, config: "/srv/own.conf" } }),
    null,
  ],
]);

/** A daemon without a keeper. */
function unkept(environment: Readonly<Record<string, string>>, parts: Partial<RunningDaemon> = {}) {
  const daemon = { ...DAEMON, isKeeper: false, ...parts };
  const on = healthyHost();
  on.environments.set(daemon.pid, environment);
  return installed({ daemon, on });
}

rows("BOOT-023", [
  ["the executable cannot be looked at", unkept({}, { exe: null }), null],
  ["Supervisor", unkept({}, { kind: "supervisor" }), null],
  ["no keeper could be executed", unkept({}), { class: "C", evidence: /its log/ }],
  ["the environment asks for none", unkept({ TSV_KEEPER: "off" }), { class: "C", evidence: /off/ }],
]);

const OWN = "/etc/supervisor/supervisord.conf";
const SAME = "/etc/tsv/tsv.conf";

function supervisor(
  service: Partial<SupervisorService> | null,
  config: string,
  pid: number | null = null,
): { readonly supervisors: SupervisorFacts } {
  const plain = {
    ...{ name: "supervisor", path: "/lib/systemd/system/supervisor.service", text: "" },
    ...{ isRunning: false, isEnabled: true, isMasked: false },
  };
  const argv = ["/usr/bin/supervisord", "-n", "-c", config];
  return {
    supervisors: {
      services: service === null ? [] : [{ ...plain, ...service }],
      processes: pid === null ? [] : [{ pid, argv, cwd: "/" }],
      configs: [config],
    },
  };
}

/** Supervisor's configuration includes these files. */
function including(files: string): Facts {
  return installed({
    on: healthyHost()
      .file("/etc/tsv/conf.d/web.conf", "[program:web]\ncommand=/bin/true\n")
      .file(OWN, `[supervisord]\n[include]\nfiles = ${files}\n`),
    service: supervisor({}, OWN),
    config: { files: ["/etc/tsv/tsv.conf", "/etc/tsv/conf.d/web.conf"] },
  });
}

rows("BOOT-019", [
  ["a disabled one", installed({ service: supervisor({ isEnabled: false }, SAME) }), null],
  ["a masked one", installed({ service: supervisor({ isMasked: true }, SAME) }), null],
  [
    "one with its own configuration",
    installed({ service: supervisor({}, OWN) }),
    { severity: "info" },
  ],
  ["and no service", installed({ service: supervisor(null, OWN, 812) }), { severity: "info" }],
  [
    "one that includes the same files",
    including("/etc/supervisor/conf.d/*.conf\n  /etc/tsv/conf.d/*.conf"),
    { severity: "error", evidence: /both include \/etc\/tsv\/conf\.d\/web\.conf/ },
  ],
  ["one that includes others", including("conf.d/*.conf"), { severity: "info" }],
  [
    "the examined configuration is not tsv's",
    installed({ service: { file: null, manifest: null, ...supervisor({}, SAME) } }),
    { severity: "info" },
  ],
  [
    "a unit in /etc",
    installed({
      service: supervisor({ path: "/etc/systemd/system/supervisor.service" }, SAME),
    }),
    { steps: /^command systemctl disable supervisor.service/m },
  ],
]);
