// AUTO logs, logs that programs write, too, delayed output and refused symlinks, on hosts in memory.

import { test } from "node:test";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear } from "../../../../fakes/doctor-repairs.ts";
import { checkOf, type Facts, type Row, rows } from "../rows.ts";
import { runningSupervisor } from "./running.ts";

const AUTO = "[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\n";

rows("LOG-005", [
  ["a program of the daemon's own user", { text: AUTO }, null],
  [
    "a log with a name",
    { text: `${AUTO}user=pi\nstdout_logfile=/var/log/web.log\nredirect_stderr=true\n` },
    null,
  ],
]);

function program(name: string, more: string, command = "/usr/bin/tsv"): string {
  return `[program:${name}]\ncommand=${command}\nstderr_logfile=NONE\n${more}\n`;
}

const X_LOG = "/var/log/x.log";
/** A program whose command names its log. */
function writing(command: string, isWarned: boolean, more = ""): Row {
  const text = `[supervisord]\n${program("a", `stdout_logfile=${X_LOG}${more}`, command)}`;
  return [`${command}${more}`, { text }, isWarned ? { severity: "warning", class: "C" } : null];
}

rows("LOG-009", [
  writing(`/bin/sh -c 'app >> ${X_LOG}'`, true),
  writing(`/usr/bin/gunicorn --error-logfile ${X_LOG} app:app`, true),
  writing(`/bin/sh -c "app | tee -a ${X_LOG}"`, true),
  writing(`/usr/bin/app --config ${X_LOG}`, false),
  writing(`/usr/bin/app --logfile=${X_LOG}2`, false),
  writing(`/usr/bin/app >> ${X_LOG}`, false),
  writing(`/usr/bin/app --logfile=${X_LOG}`, false, "\nstdout_logfile_maxbytes=0"),
]);

test("LOG-009: a thousand programs take ten times the questions of a hundred", () => {
  assertLinear(
    checkOf("LOG-009"),
    () => new DoctorHost(),
    (index) => program(`p${index}`, "stdout_logfile=/var/log/%(program_name)s.log"),
  );
});

function python(command: string, isDelayed: boolean, more = "", section = ""): Row {
  const text = `[supervisord]\n${section}[program:web]\ncommand=${command}\n${more}`;
  const expected = isDelayed ? ({ severity: "info", steps: [], line: 3 } as const) : null;
  return [`${command} ${more}${section}`, { text }, expected];
}

const UNBUFFERED = 'environment=PYTHONUNBUFFERED="1"\n';

rows("LOG-010", [
  python("/usr/bin/python3.11 -W ignore app.py", true),
  python("/srv/venv/bin/python3 -m http.server 8000", true),
  python("/usr/bin/env A=b python3 app.py -u", true),
  python("python3 app.py", true, "numprocs=4\nprocess_name=%(process_num)d\n"),
  python("python3 -Xutf8 app.py", true),
  python("python3 -u app.py", false),
  python("python3 -W ignore -u app.py", false),
  python("python3 -Bu app.py", false),
  python("env PYTHONUNBUFFERED=1 python3 app.py", false),
  python("python3 app.py", false, UNBUFFERED),
  python("python3 app.py", false, "tty=true\n"),
  python("python3 app.py", false, "stdout_logfile=NONE\n"),
  python("/usr/bin/pythonic app.py", false),
  python("python3", false),
  python("python3 app.py", false, "", UNBUFFERED),
  [
    "the environment of the service",
    {
      text: "[supervisord]\n[program:web]\ncommand=python3 app.py\n",
      config: { environment: { PYTHONUNBUFFERED: "1" } },
    },
    null,
  ],
]);

const WWW = { uid: 33, gid: 33 };

/** A log at this path, on a host with symlinks of www-data. */
function linked(path: string, make: (on: DoctorHost) => DoctorHost, daemon = ""): Facts {
  const on = make(new DoctorHost().directory("/srv").directory("/srv/app", WWW));
  const web = `[program:web]\ncommand=/usr/bin/tsv\nstderr_logfile=NONE\nstdout_logfile=${path}\n`;
  return { on, text: `[supervisord]\nlogfile=/var/log/d.log\n${daemon}${web}` };
}

const APP_LOG = "/srv/app/web.log";
const motd = (on: DoctorHost): DoctorHost => on.link(APP_LOG, "/etc/motd", 33);

/** Symlinks to what is their owner's, and root's own. */
function trusted(path: string): Row {
  const make = (on: DoctorHost): DoctorHost =>
    on
      .directory("/srv/app/shared", WWW)
      .directory("/srv/app/r1", WWW)
      .link("/srv/app/current", "r1", 33)
      .link("/srv/app/r1/log", "../shared/.", 33)
      .file("/srv/app/shared/made-by-root", "")
      .directory("/data")
      .link("/srv/app/data", "/data")
      .link(APP_LOG, "shared/made-by-root", 33);
  return [path, linked(path, make), null];
}

rows("LOG-012", [
  [
    "one on the path",
    linked("/srv/app/logs/web.log", (on) =>
      on.directory("/var/log/app").link("/srv/app/logs", "/var/log/app", 33),
    ),
    {},
  ],
  ["a dangling one", linked(APP_LOG, (on) => on.link(APP_LOG, "/var/log/new", 33)), {}],
  [
    "one in /tmp, whatever its target",
    linked("/tmp/web.log", (on) => on.link("/tmp/web.log", "/srv/app/x", 33)),
    { symptom: /EACCES/, cause: /symlink of www-data in a world-writable directory/ },
  ],
  trusted("/srv/app/current/log/web.log"),
  trusted(APP_LOG),
  trusted("/srv/app/data/web.log"),
  trusted("/srv/app/shared/../web.out"),
  ["a daemon of another user", linked(APP_LOG, motd, "user=www-data\n"), null],
  ["Supervisor", { ...linked(APP_LOG, motd), ...runningSupervisor() }, null],
]);
