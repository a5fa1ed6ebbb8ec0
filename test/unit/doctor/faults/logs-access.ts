// Faults of logs that the daemon cannot write: directories and files of other users, and paths that are not files.

import { type Fault, runsAs } from "./fault.ts";
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
  {
    code: "LOG-012",
    what: "a program put a link to root's file in the place of its log",
    breaks: logsTo("/srv/app/web.log", (host) =>
      host
        .directory("/srv/app", { uid: 33, gid: 33 })
        .file("/etc/cron.d/backup", "")
        .link("/srv/app/web.log", "/etc/cron.d/backup", 33),
    ),
    fixes: "person",
  },
  {
    code: "LOG-001",
    what: "the directory of a log belongs to root",
    like: ofWww,
    breaks: logsTo("/var/log/app/web.log", (host) => host.directory("/var/log/app")),
    fixes: "B",
  },
  {
    code: "LOG-001",
    what: "a directory on the way to a log is closed",
    like: ofWww,
    breaks: logsTo("/var/log/app/web/out.log", (host) =>
      host
        .directory("/var/log/app", { mode: 0o700 })
        .directory("/var/log/app/web", { uid: 33, gid: 33 }),
    ),
    fixes: "B",
  },
  {
    code: "LOG-001",
    what: "a log is to lie in /var/log itself, which stays root's",
    like: ofWww,
    breaks: logsTo("/var/log/%(program_name)s.log"),
    fixes: "B",
  },
  {
    code: "LOG-001",
    what: "a directory with code in it is not given away, and the log moves",
    like: ofWww,
    breaks: logsTo("/srv/app/web.log", (host) =>
      host.directory("/srv/app").file("/srv/app/server.py", "print(1)"),
    ),
    fixes: "B",
  },
  {
    code: "LOG-001",
    what: "tsv's own directory of logs went back to root",
    like: ofWww,
    breaks: ({ host }) => void host.directory("/var/log/tsv", { mode: 0o700 }),
    fixes: "A",
  },
  {
    code: "LOG-001",
    what: "a log is to lie in somebody's closed home",
    like: ofWww,
    breaks: logsTo("/home/pi/logs/web.log", (host) =>
      host
        .directory("/home/pi", { uid: 1000, gid: 1000, mode: 0o700 })
        .directory("/home/pi/logs", { uid: 33, gid: 33 }),
    ),
    fixes: "person",
  },
  {
    code: "LOG-001",
    what: "a log can be written and not renamed",
    like: ofWww,
    breaks: logsTo("/var/log/app/web.log", (host) =>
      host.directory("/var/log/app").file("/var/log/app/web.log", "", { uid: 33 }),
    ),
    fixes: "B",
  },
  {
    code: "LOG-002",
    what: "a directory is named where a file is wanted",
    breaks: logsTo("/var/log/tsv"),
    fixes: "B",
  },
  {
    code: "LOG-002",
    what: "a socket is named where a file is wanted",
    breaks: logsTo(SOCKET),
    fixes: "person",
  },
  {
    code: "LOG-002",
    what: "a Supervisor is to rotate /dev/stdout",
    like: (world) => {
      world.daemon({ kind: "supervisor", command: ["/usr/bin/python3", "/usr/bin/supervisord"] });
    },
    breaks: logsTo("/dev/stdout"),
    fixes: "B",
  },
];

const FILE_FAULTS: readonly Fault[] = [
  {
    code: "LOG-003",
    what: "one run as root has left all files to root",
    like: ofWww,
    breaks: ({ host }) => {
      for (const name of ["tsv.log", "tsv.log.1", "web.log", "web.log.1", "web.err"]) {
        host.file(`/var/log/tsv/${name}`, "old");
      }
      host.file("/run/tsv/tsv.pid", "812\n");
    },
    fixes: "B",
  },
  {
    code: "LOG-003",
    what: "root's log lies in a directory of the daemon's user",
    like: ofWww,
    breaks: logsTo("/srv/app/web.log", (host) =>
      host.directory("/srv/app", { uid: 33, gid: 33 }).file("/srv/app/web.log", "old"),
    ),
    fixes: "B",
  },
  {
    code: "LOG-003",
    what: "the pid file alone is root's",
    like: ofWww,
    breaks: (world) => {
      world.edit("/run/tsv/tsv.pid", "/srv/app/d.pid");
      world.host.directory("/srv/app", { uid: 33, gid: 33 }).file("/srv/app/d.pid", "812\n");
    },
    fixes: "B",
  },
  {
    code: "LOG-003",
    what: "a link leads from a log to a file of root's",
    like: ofWww,
    breaks: logsTo("/srv/app/web.log", (host) =>
      host
        .directory("/srv/app", { uid: 33, gid: 33 })
        .file("/srv/secret", "")
        .link("/srv/app/web.log", "/srv/secret"),
    ),
    fixes: "person",
  },
  {
    code: "LOG-003",
    what: "a log in /tmp belongs to another user, which the kernel protects",
    breaks: logsTo("/tmp/web.log", (host) => host.file("/tmp/web.log", "", { uid: 1000 })),
    fixes: "person",
  },
];

export const LOG_ACCESS_FAULTS: readonly Fault[] = [...DIRECTORY_FAULTS, ...FILE_FAULTS];
