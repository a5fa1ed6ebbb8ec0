// Faults of logs: permissions, locations, other writers, and free space.

import { type Fault, runsAs, STARTED } from "./fault.ts";
import { DAEMON, PID } from "./healthy.ts";
import { LOG_ACCESS_FAULTS } from "./logs-access.ts";
import type { World } from "./world.ts";

const GB = 1024 ** 3;
const STDOUT = "stdout_logfile";

/** The daemon's open file of the program's log is another one now. */
function isOpenAs(target: string, deleted = false): Fault["breaks"] {
  return ({ host }) => {
    const open = host.files.get(PID) ?? [];
    host.files.set(
      PID,
      open.map((one) => (one.target.endsWith("/web.log") ? { ...one, target, deleted } : one)),
    );
  };
}

/** USR2: the daemon opens all of its logs again. */
function reopened(world: World): void {
  isOpenAs("/var/log/tsv/web.log")(world);
  const { host } = world;
  const open = host.files.get(PID) ?? [];
  host.files.set(
    PID,
    open.map((one, at) => ({ ...one, target: LOGS[at] ?? one.target, deleted: false })),
  );
}

const LOGS = ["tsv.log", "web.log", "web.err"].map((name) => `/var/log/tsv/${name}`);

function supervisor(world: World): void {
  world.daemon({ kind: "supervisor", command: ["/usr/bin/python3", "/usr/bin/supervisord"] });
}

function addProgram(world: World, name: string, ...lines: readonly string[]): void {
  const text = [`[program:${name}]`, "command=/usr/bin/sleep 6", "user=www-data", ...lines, ""];
  world.host.file(`/etc/tsv/conf.d/${name}.conf`, text.join("\n"), { mode: 0o640, gid: 990 });
  const [web] = world.programs();
  if (web === undefined) return;
  const one = { ...web, group: name, name, pid: 0, stdoutLog: "", stderrLog: "" };
  world.set({ programs: [...world.programs(), one] });
}

const MOVED_FAULTS: readonly Fault[] = [
  {
    code: "LOG-008",
    what: "logrotate has renamed the log",
    breaks: isOpenAs("/var/log/tsv/web.log.1"),
    after: (world, { kind }) => void (kind === "signal" && reopened(world)),
    fixes: "A",
  },
  {
    code: "LOG-008",
    what: "somebody removed the log",
    breaks: isOpenAs("/var/log/tsv/web.log", true),
    after: (world, { kind }) => void (kind === "signal" && reopened(world)),
    fixes: "A",
  },
  {
    code: "LOG-008",
    what: "somebody removed the log of a Supervisor",
    like: supervisor,
    breaks: isOpenAs("/var/log/tsv/web.log", true),
    after: (world, { kind }) => void (kind === "signal" && reopened(world)),
    fixes: "B",
  },
  {
    code: "LOG-008",
    what: "a rule of logrotate will rename the log and tell nobody",
    breaks: ({ host }) =>
      void host.file("/etc/logrotate.d/web", "/var/log/tsv/web.log {\n  weekly\n}\n"),
    fixes: "person",
  },
];

const SHARE_FAULTS: readonly Fault[] = [
  {
    code: "LOG-005",
    what: "a program with a user of its own has AUTO logs",
    breaks: (world) => void world.program(`${STDOUT}=AUTO`),
    fixes: "person",
    severity: "info",
  },
  {
    code: "LOG-006",
    what: "a Supervisor takes the AUTO logs for its own",
    like: (world) => {
      world.program(`${STDOUT}=AUTO`).edit("identifier=tsv\n", "");
      world.edit("childlogdir=/var/log/tsv", "childlogdir=/tmp");
    },
    breaks: (world) => {
      const command = ["/usr/bin/python3", "/usr/bin/supervisord", "-c", "/etc/other.conf"];
      const other = {
        ...DAEMON,
        kind: "supervisor",
        pid: 950,
        command,
        config: "/etc/other.conf",
      } as const;
      world.set({ daemons: [DAEMON, other] }).host.file("/etc/other.conf", "[supervisord]\n");
      world.host.run(950, command);
    },
    fixes: "B",
  },
  {
    code: "LOG-009",
    what: "two programs of a Supervisor have one log",
    like: supervisor,
    breaks: (world) =>
      addProgram(world, "b", `${STDOUT}=/var/log/tsv/web.log`, "stderr_logfile=NONE"),
    fixes: "B",
  },
  {
    code: "LOG-009",
    what: "a command writes to the log that the daemon rotates",
    breaks: (world) => void world.program("command=/usr/bin/sleep --logfile=/var/log/tsv/web.log"),
    fixes: "person",
  },
  {
    code: "LOG-010",
    what: "Python keeps its output back",
    breaks: (world) => void world.program("command=/usr/bin/python3 /srv/app.py"),
    fixes: "person",
    severity: "info",
  },
];

const ROOM_FAULTS: readonly Fault[] = [
  {
    code: "LOG-007",
    what: "the disk of the logs is full",
    breaks: ({ host }) => void host.mount("/var/log", { freeBytes: 0 }),
    fixes: "person",
  },
  {
    code: "LOG-007",
    what: "the disk of the logs has no inodes left",
    breaks: ({ host }) => void host.mount("/var/log", { freeInodes: 0 }),
    fixes: "person",
  },
  {
    code: "LOG-007",
    what: "a log without a limit has grown",
    breaks: (world) => {
      world.program(`${STDOUT}_maxbytes=0`);
      world.host.file("/var/log/tsv/web.log", "", { bytes: 11 * GB });
    },
    fixes: "B",
  },
  {
    code: "LOG-007",
    what: "an AUTO log has no limit",
    breaks: (world) => void world.program(`${STDOUT}=AUTO`, `${STDOUT}_maxbytes=0`),
    fixes: "B",
  },
  {
    code: "LOG-011",
    what: "the kernel has made the file system of the logs read-only",
    breaks: ({ host }) => void host.mount("/var/log", { options: ["ro", "relatime"] }),
    fixes: "person",
  },
  {
    code: "LOG-011",
    what: "the unit's sandbox closes the directory of a log",
    like: (world) => {
      world.host.directory("/srv/log", { uid: 33, gid: 33 });
      world.program(`${STDOUT}=/srv/log/web.log`);
    },
    breaks: (world) => {
      const path = "/etc/systemd/system/tsv.service";
      const text = world.host.readText(path) ?? "";
      const sandbox = "[Service]\nProtectSystem=strict\nLogsDirectory=tsv\nRuntimeDirectory=tsv";
      world.host.file(path, text.replace("[Service]", sandbox));
    },
    fixes: "B",
  },
];

const DIRECTORY_FAULTS: readonly Fault[] = [
  {
    code: "LOG-004",
    what: "the directory of a log was never made",
    breaks: (world) => void world.program(`${STDOUT}=/var/log/app/web/out.log`),
    fixes: "B",
  },
  {
    code: "LOG-004",
    what: "tsv's own directory of logs is gone",
    breaks: (world) => void world.down().host.remove("/var/log/tsv"),
    after: STARTED,
    fixes: "A",
    also: { "SOCK-001": "the daemon does not run" },
  },
  {
    code: "LOG-004",
    what: "the directory of AUTO logs is missing",
    breaks: (world) => void world.edit("childlogdir=/var/log/tsv", "childlogdir=/var/log/auto"),
    fixes: "B",
  },
  {
    code: "LOG-004",
    what: "the disk of the logs is not mounted",
    breaks: (world) => {
      world.program(`${STDOUT}=/data/log/web.log`).host.directory("/data");
      world.host.file("/etc/fstab", "UUID=1 / ext4 rw 0 1\nUUID=2 /data ext4 defaults 0 2\n");
    },
    fixes: "person",
  },
  {
    code: "LOG-004",
    what: "a file stands where the directory of the log should be",
    breaks: (world) =>
      void world.program(`${STDOUT}=/var/log/app/web.log`).host.file("/var/log/app"),
    fixes: "person",
  },
  {
    code: "LOG-004",
    what: "the daemon's user needs a directory that is missing",
    like: (world) => runsAs(world, "pi", 1000),
    breaks: (world) => void world.program(`${STDOUT}=/var/log/app/web.log`),
    fixes: "B",
  },
];

export const LOG_FAULTS: readonly Fault[] = [
  ...DIRECTORY_FAULTS,
  ...LOG_ACCESS_FAULTS,
  ...SHARE_FAULTS,
  ...ROOM_FAULTS,
  ...MOVED_FAULTS,
];
