// LOG-003: files left by a run as root, and files that the kernel protects in /tmp.

import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, rows } from "../rows.ts";
import { runningSupervisor } from "./running.ts";

const TEXT = `[supervisord]
user=www-data
logfile=/srv/app/d.log
pidfile=/srv/app/d.pid
[program:web]
command=/usr/bin/tsv
stdout_logfile=/srv/app/web.log
stderr_logfile=NONE
`;

/** Files in a directory of the daemon's user. */
function files(make: (on: DoctorHost) => DoctorHost, more: Facts = {}): Facts {
  const on = make(new DoctorHost().directory("/srv/app", { uid: 33, gid: 33 }));
  return { on, text: TEXT, ...more };
}

/** A log in /tmp, with this fs.protected_regular. */
function temporary(protection: string, uid: number): Facts {
  const on = new DoctorHost()
    .file("/proc/sys/fs/protected_regular", protection)
    .file("/tmp/d.log", "", { uid });
  return { on, text: "[supervisord]\nlogfile=/tmp/d.log\n" };
}

const LEFT = ["d.log", "d.log.1", "web.log", "web.log.1", "web.log.12", "d.pid"];
const supervisor = runningSupervisor({ uid: 33 });

rows("LOG-003", [
  [
    "logs, their rotated copies and the pid file",
    files((on) => LEFT.reduce((host, name) => host.file(`/srv/app/${name}`, "old"), on)),
    {
      severity: "error",
      class: "B",
      commands: new RegExp(
        `^chown -h www-data: ${LEFT.map((name) => `/srv/app/${name}`).join(" ")}\n`,
      ),
      steps: LEFT.map((name) => `own /srv/app/${name} 33:33 644`),
    },
  ],
  [
    "a program's log, for Supervisor",
    files((on) => on.file("/srv/app/web.log"), supervisor),
    { symptom: "spawnerr: unknown error making dispatchers for 'web': EACCES" },
  ],
  [
    "its own log, for Supervisor",
    files((on) => on.file("/srv/app/d.log"), supervisor),
    { symptom: "PermissionError: [Errno 13] Permission denied: '/srv/app/d.log'" },
  ],
  [
    "a group that was given on purpose",
    files((on) => on.file("/srv/app/web.log", "", { gid: 4, mode: 0o640 })),
    { steps: ["own /srv/app/web.log 33:4 640"] },
  ],
  [
    "rotated copies alone",
    files((on) => on.file("/srv/app/web.log", "", { uid: 33 }).file("/srv/app/web.log.1")),
    null,
  ],
  [
    "files that a group and everybody may write",
    files((on) =>
      on
        .file("/srv/app/web.log", "", { gid: 33, mode: 0o664 })
        .file("/srv/app/d.log", "", { mode: 0o666 }),
    ),
    null,
  ],
  ["another user's file in /tmp without that protection", temporary("0\n", 1000), null],
  ["root's own file in /tmp", temporary("2\n", 0), null],
]);
