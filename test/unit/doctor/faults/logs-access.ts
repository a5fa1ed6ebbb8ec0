// Faults of logs that the daemon cannot write: directories and files of other users, and paths that are not files.

import { type Fault, fault, runsAs } from "./fault.ts";
import { SOCKET } from "./healthy.ts";
import type { World } from "./world.ts";

const STDOUT = "stdout_logfile";
const ofWww = (world: World): void => runsAs(world, "www-data", 33);

function logsTo(
  path: string,
  prepare: (host: World["host"]) => unknown = () => {},
): Fault["breaks"] {
  return (world) => {
    prepare(world.host);
    world.program(`${STDOUT}=${path}`);
  };
}

const DIRECTORY_FAULTS: readonly Fault[] = [
  fault(
    "LOG-012",
    "a program put a link to root's file in the place of its log",
    "person",
    logsTo("/srv/app/web.log", (host) =>
      host
        .directory("/srv/app", { uid: 33, gid: 33 })
        .file("/etc/cron.d/backup", "")
        .link("/srv/app/web.log", "/etc/cron.d/backup", 33),
    ),
  ),
  fault(
    "LOG-001",
    "the directory of a log belongs to root",
    "B",
    logsTo("/var/log/app/web.log", (host) => host.directory("/var/log/app")),
    { like: ofWww },
  ),
  fault(
    "LOG-001",
    "a directory on the way to a log is closed",
    "B",
    logsTo("/var/log/app/web/out.log", (host) =>
      host
        .directory("/var/log/app", { mode: 0o700 })
        .directory("/var/log/app/web", { uid: 33, gid: 33 }),
    ),
    { like: ofWww },
  ),
  fault(
    "LOG-001",
    "a log is to lie in /var/log itself, which stays root's",
    "B",
    logsTo("/var/log/%(program_name)s.log"),
    { like: ofWww },
  ),
  fault(
    "LOG-001",
    "a directory with code in it is not given away, and the log moves",
    "B",
    logsTo("/srv/app/web.log", (host) =>
      host.directory("/srv/app").file("/srv/app/server.py", "print(1)"),
    ),
    { like: ofWww },
  ),
  fault(
    "LOG-001",
    "tsv's own directory of logs went back to root",
    "A",
    ({ host }) => host.directory("/var/log/tsv", { mode: 0o700 }),
    { like: ofWww },
  ),
  fault(
    "LOG-001",
    "a log is to lie in somebody's closed home",
    "person",
    logsTo("/home/pi/logs/web.log", (host) =>
      host
        .directory("/home/pi", { uid: 1000, gid: 1000, mode: 0o700 })
        .directory("/home/pi/logs", { uid: 33, gid: 33 }),
    ),
    { like: ofWww },
  ),
  fault(
    "LOG-001",
    "a log can be written and not renamed",
    "B",
    logsTo("/var/log/app/web.log", (host) =>
      host.directory("/var/log/app").file("/var/log/app/web.log", "", { uid: 33 }),
    ),
    { like: ofWww },
  ),
  fault("LOG-002", "a directory is named where a file is wanted", "B", logsTo("/var/log/tsv")),
  fault("LOG-002", "a socket is named where a file is wanted", "person", logsTo(SOCKET)),
  fault("LOG-002", "a Supervisor is to rotate /dev/stdout", "B", logsTo("/dev/stdout"), {
    like: (world) => {
      world.daemon({ kind: "supervisor", command: ["/usr/bin/python3", "/usr/bin/supervisord"] });
    },
  }),
];

const FILE_FAULTS: readonly Fault[] = [
  fault(
    "LOG-003",
    "one run as root has left all files to root",
    "B",
    ({ host }) => {
      for (const name of ["tsv.log", "tsv.log.1", "web.log", "web.log.1", "web.err"]) {
        host.file(`/var/log/tsv/${name}`, "old");
      }
      host.file("/run/tsv/tsv.pid", "812\n");
    },
    { like: ofWww },
  ),
  fault(
    "LOG-003",
    "root's log lies in a directory of the daemon's user",
    "B",
    logsTo("/srv/app/web.log", (host) =>
      host.directory("/srv/app", { uid: 33, gid: 33 }).file("/srv/app/web.log", "old"),
    ),
    { like: ofWww },
  ),
  fault(
    "LOG-003",
    "a link leads from a log to a file of root's",
    "person",
    logsTo("/srv/app/web.log", (host) =>
      host
        .directory("/srv/app", { uid: 33, gid: 33 })
        .file("/srv/secret", "")
        .link("/srv/app/web.log", "/srv/secret"),
    ),
    { like: ofWww },
  ),
  fault(
    "LOG-003",
    "a log in /tmp belongs to another user, which the kernel protects",
    "person",
    logsTo("/tmp/web.log", (host) => host.file("/tmp/web.log", "", { uid: 1000 })),
  ),
];

export const LOG_ACCESS_FAULTS: readonly Fault[] = [...DIRECTORY_FAULTS, ...FILE_FAULTS];
