// Faults of logs: permissions, locations, other writers, and free space.

import { type Fault, fault, STARTED } from "./fault.ts";
import { PID } from "./healthy.ts";
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

const MOVED_FAULTS: readonly Fault[] = [
  fault("LOG-008", "logrotate has renamed the log", "A", isOpenAs("/var/log/tsv/web.log.1"), {
    after: (world, { kind }) => void (kind === "signal" && reopened(world)),
  }),
  fault(
    "LOG-008",
    "somebody removed the log of a Supervisor",
    "B",
    isOpenAs("/var/log/tsv/web.log", true),
    { like: supervisor, after: (world, { kind }) => void (kind === "signal" && reopened(world)) },
  ),
  fault(
    "LOG-008",
    "a rule of logrotate will rename the log and tell nobody",
    "person",
    ({ host }) => host.file("/etc/logrotate.d/web", "/var/log/tsv/web.log {\n  weekly\n}\n"),
  ),
];

/** The daemon says that it drops output. */
function drops(errno: string): Fault["breaks"] {
  const web = { group: "web", name: "web", path: "/var/log/tsv/web.log", errno, bytes: 4096 };
  return (world) => void world.set({ lost: [web] });
}

const LOST_FAULTS: readonly Fault[] = [
  fault("LOG-013", "the unit limits the size of files", "person", drops("EFBIG")),
  fault("LOG-013", "the quota of the user is used up", "person", drops("EDQUOT")),
  fault("LOG-013", "a log fails for a reason that no check knows", "person", drops("ENXIO")),
];

const SHARE_FAULTS: readonly Fault[] = [
  fault(
    "LOG-005",
    "a program with a user of its own has AUTO logs",
    "person",
    (world) => world.program(`${STDOUT}=AUTO`),
    { severity: "info" },
  ),
  fault("LOG-009", "a command writes to the log that the daemon rotates", "person", (world) =>
    world.program("command=/usr/bin/sleep --logfile=/var/log/tsv/web.log"),
  ),
  fault(
    "LOG-010",
    "Python keeps its output back",
    "person",
    (world) => world.program("command=/usr/bin/python3 /srv/app.py"),
    { severity: "info" },
  ),
];

const ROOM_FAULTS: readonly Fault[] = [
  fault("LOG-007", "the disk of the logs is full", "person", ({ host }) =>
    host.mount("/var/log", { freeBytes: 0 }),
  ),

  fault("LOG-007", "a log without a limit has grown", "B", (world) => {
    world.program(`${STDOUT}_maxbytes=0`);
    world.host.file("/var/log/tsv/web.log", "", { bytes: 11 * GB });
  }),
  fault(
    "LOG-011",
    "the kernel has made the file system of the logs read-only",
    "person",
    ({ host }) => host.mount("/var/log", { options: ["ro", "relatime"] }),
  ),
  fault(
    "LOG-011",
    "the unit's sandbox closes the directory of a log",
    "B",
    (world) => {
      const path = "/etc/systemd/system/tsv.service";
      const text = world.host.readText(path) ?? "";
      const sandbox = "[Service]\nProtectSystem=strict\nLogsDirectory=tsv\nRuntimeDirectory=tsv";
      world.host.file(path, text.replace("[Service]", sandbox));
    },
    {
      like: (world) => {
        world.host.directory("/srv/log", { uid: 33, gid: 33 });
        world.program(`${STDOUT}=/srv/log/web.log`);
      },
    },
  ),
];

const DIRECTORY_FAULTS: readonly Fault[] = [
  fault("LOG-004", "the directory of a log was never made", "B", (world) =>
    world.program(`${STDOUT}=/var/log/app/web/out.log`),
  ),
  fault(
    "LOG-004",
    "tsv's own directory of logs is gone",
    "A",
    (world) => world.down().host.remove("/var/log/tsv"),
    { after: STARTED, also: { "SOCK-001": "the daemon does not run" } },
  ),
  fault("LOG-004", "the directory of AUTO logs is missing", "B", (world) =>
    world.edit("childlogdir=/var/log/tsv", "childlogdir=/var/log/auto"),
  ),
  fault("LOG-004", "the disk of the logs is not mounted", "person", (world) => {
    world.program(`${STDOUT}=/data/log/web.log`).host.directory("/data");
    world.host.file("/etc/fstab", "UUID=1 / ext4 rw 0 1\nUUID=2 /data ext4 defaults 0 2\n");
  }),
  fault("LOG-004", "a file stands where the directory of the log should be", "person", (world) =>
    world.program(`${STDOUT}=/var/log/app/web.log`).host.file("/var/log/app"),
  ),
];

export const LOG_FAULTS: readonly Fault[] = [
  ...DIRECTORY_FAULTS,
  ...LOG_ACCESS_FAULTS,
  ...SHARE_FAULTS,
  ...ROOM_FAULTS,
  ...MOVED_FAULTS,
  ...LOST_FAULTS,
];
