// LOG-002: directories, sockets and pipes in the place of a log. LOG-004: directories that are missing, lost at boot, or not
// mounted.

import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import { asUser, runningSupervisor } from "./running.ts";

const CONF = "/etc/tsv/tsv.conf";
const ZERO = "stdout_logfile_maxbytes=0\n";

function log(path: string, on = new DoctorHost(), more = "", daemon = ""): Facts {
  const text = `[supervisord]\nlogfile=/tmp/d.log\n${daemon}[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${path}\nstderr_logfile=NONE\n${more}`;
  return { on, text };
}

const dev = (): DoctorHost => new DoctorHost().directory("/dev");

/** A directory, as it is written, gets the name of a file. */
function named(written: string): Row {
  const writes = { [CONF]: /^stdout_logfile=\/var\/log\/%\(program_name\)s-stdout\.log$/m };
  return [written, log(written), { severity: "error", line: 5, writes, fixed: true }];
}

rows("LOG-002", [
  named("/var/log"),
  named("/var/log/"),
  [
    "the processes of a section",
    log("/var/log", new DoctorHost(), "numprocs=2\nprocess_name=%(process_num)d\n"),
    { writes: { [CONF]: /-%\(process_num\)02d-stdout\.log$/m }, fixed: true },
  ],
  [
    "a Supervisor's spawn error",
    { ...log("/var/log"), ...runningSupervisor() },
    { symptom: "spawnerr: unknown error making dispatchers for 'web': EISDIR" },
  ],
  [
    "/dev/stdout of a Supervisor with a user, which is a pipe of root's",
    {
      ...log(
        "/dev/stdout",
        dev().directory("/proc/700/fd").socket("/proc/700/fd/1", { kind: "pipe", mode: 0o600 }),
        ZERO,
        "user=www-data\n",
      ),
      ...runningSupervisor({ uid: 33 }),
    },
    {
      symptom: "spawnerr: unknown error making dispatchers for 'web': EACCES",
      evidence: ["/dev/stdout of the daemon is a pipe, root:root 0600"],
      class: "C",
    },
  ],
  [
    "/dev/stdout of a tsv with a user",
    log(
      "/dev/stdout",
      dev().directory("/proc/700/fd").socket("/proc/700/fd/1", { kind: "pipe", mode: 0o600 }),
      ZERO,
      "user=www-data\n",
    ),
    null,
  ],
  ["/dev/stdout with a size", log("/dev/stdout", dev()), { severity: "info" }],
  ["/dev/stdout without one", log("/dev/stdout", dev(), ZERO), null],
  ["/dev/null", log("/dev/null", dev()), null],
]);

const mounts = (): DoctorHost =>
  new DoctorHost()
    .directory("/data")
    .file(
      "/etc/fstab",
      "# <file system>\nUUID=1 / ext4 defaults 0 1\nUUID=2 /data ext4 defaults 0 2\n",
    );

rows("LOG-004", [
  [
    "tsv's own, as tsv install makes it",
    { text: "[supervisord]\nlogfile=/var/log/tsv/tsv.log\n" },
    { class: "A", steps: ["directory /var/log/tsv root:tsv 750"] },
  ],
  [
    "childlogdir and the pid file",
    {
      text: "[supervisord]\nlogfile=/tmp/l\nchildlogdir=/var/log/auto\npidfile=/run/app/d.pid\n",
    },
    [{ subject: "/var/log/auto" }, { subject: "/run/app" }],
  ],
  [
    "two logs in one directory",
    log(
      "/var/log/app/web.log",
      new DoctorHost(),
      "[program:b]\ncommand=b\nstderr_logfile=/var/log/app/b.log\n",
    ),
    { fixed: true },
  ],
  ["the daemon's home", log("~/logs/web.log"), { subject: "/root/logs" }],
  ["a disk that /etc/fstab does not name", log("/mnt/usb/log/web.log"), { class: "C" }],
  ["a disk that is mounted", log("/data/log/web.log", mounts().mount("/data", {})), { class: "B" }],
  [
    "memory, which is lost at each boot",
    log("/var/log/app/web.log", new DoctorHost().mount("/var/log", { type: "tmpfs" })),
    {
      commands:
        /^echo 'd \/var\/log\/app 0755 root root -' >> \/etc\/tmpfiles\.d\/tsv-doctor\.conf$/m,
    },
  ],
  [
    "a path that the caller cannot see",
    log(
      "/var/log/app/in/web.log",
      asUser(new DoctorHost().directory("/var/log/app/in"), "/var/log/app/in"),
    ),
    { unknown: "whether the directory /var/log/app/in exists (needs root)" },
  ],
  ["a value in quotes", log('"/var/log/web.log"'), null],
]);
