// LOG-001: directories that prevent the daemon from writing or rotating its logs, and the repair of each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear } from "../../../../fakes/doctor-repairs.ts";
import { checkOf, type Facts, type Row, rows } from "../rows.ts";
import { asUser, runningSupervisor } from "./running.ts";

const CONF = "/etc/tsv/tsv.conf";
const WWW = { uid: 33, gid: 33 };
const DIRECTORY = "/var/log/app";
const LOG = `${DIRECTORY}/web.log`;
const SERVICE = { service: { file: { path: "/etc/init.d/tsv", text: "", isPackaged: false } } };

function config(path: string, user: string, more = ""): string {
  return `[supervisord]\nuser=${user}\nlogfile=/tmp/d.log\n${more}[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${path}\nstderr_logfile=NONE\n`;
}

/** A program's log, of a daemon with this user. */
function log(path: string, on: DoctorHost, user = "www-data", more = ""): Facts {
  return { on, text: config(path, user, more) };
}

function host(path = DIRECTORY, access: Parameters<DoctorHost["directory"]>[1] = {}): DoctorHost {
  return new DoctorHost().directory(path, access);
}

function memberOf(gid: number, on: DoctorHost): DoctorHost {
  on.memberships.set("www-data", [gid]);
  return on;
}

const installed = (): DoctorHost => host("/var/log/tsv", { gid: 990, mode: 0o750 });

/** Logs move into a new directory of the daemon's user, and the present one stays as it is. */
function moves(name: string, on: DoctorHost, path: string): Row {
  const directory = `${path.slice(0, path.lastIndexOf("/"))}/supervisor`;
  const steps = [`directory ${directory} www-data:www-data 755`, `file ${CONF}`];
  return [`${name}: the log moves`, log(path, on), { steps, fixed: true }];
}

rows("LOG-001", [
  [
    "the installer's directory, which its group may enter",
    { ...log("/var/log/tsv/web.log", installed()), ...SERVICE },
    { class: "B", commands: ["usermod -aG tsv www-data"] },
  ],
  [
    "the installer's directory, for a member",
    { ...log("/var/log/tsv/web.log", memberOf(990, installed())), ...SERVICE },
    { commands: /^chown www-data/ },
  ],
  [
    "a Supervisor's spawn error",
    { ...log(LOG, host()), ...runningSupervisor({ uid: 33 }) },
    { symptom: "spawnerr: unknown error making dispatchers for 'web': EACCES" },
  ],
  moves(
    "what systemd-tmpfiles keeps as root's",
    host().file("/etc/tmpfiles.d/app.conf", "d /var/log/app 0755 root root -\n"),
    LOG,
  ),
  moves("a name that ends like a log", new DoctorHost().file("/srv/blog/x.js"), "/srv/blog/x.log"),
  [
    "a directory with nothing but logs",
    log("/srv/app/web.log", new DoctorHost().file("/srv/app/web.log.1")),
    { commands: ["chown www-data /srv/app"] },
  ],
  [
    "a directory of the daemon's own that is there already",
    log("/var/log/web.log", host("/var/log/supervisor", WWW)),
    { steps: [`file ${CONF}`], fixed: true },
  ],
  [
    "a directory that the daemon cannot enter",
    log("/root/web.log", host("/root", { mode: 0o700 })),
    { class: "C", commands: ["namei -l /root"] },
  ],
  [
    "the directory of AUTO logs",
    {
      on: host("/var/log/auto"),
      text: "[supervisord]\nuser=pi\nlogfile=/tmp/d.log\nchildlogdir=/var/log/auto\n[program:web]\ncommand=/usr/bin/tsv\n",
    },
    { subject: "/var/log/auto", key: "childlogdir" },
  ],
  [
    "the daemon's own log first, without which nothing starts",
    { on: host(), text: config(LOG, "www-data").replace("/tmp/d.log", `${DIRECTORY}/tsv.log`) },
    { symptom: "the activity log cannot be opened: /var/log/app/tsv.log: EACCES" },
  ],
  [
    "the program's user, who opens no log",
    {
      text: "[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\nuser=www-data\nstdout_logfile=/var/log/web.log\n",
    },
    null,
  ],
  ["a group that may write", log(LOG, memberOf(4, host(DIRECTORY, { gid: 4, mode: 0o775 }))), null],
  ["root", log(LOG, host(DIRECTORY, { mode: 0o700, uid: 1000 }), "root"), null],
  [
    "the system's configuration without a user, for any caller",
    { on: asUser(host()), text: "[supervisord]\nlogfile=/var/log/app/d.log\n" },
    null,
  ],
]);

const writable = (): DoctorHost => host().file(LOG, "", { uid: 33 });

rows("LOG-001", [
  [
    "rotation of many logs",
    {
      on: writable().file(`${DIRECTORY}/err.log`, "", { uid: 33 }),
      text: config(LOG, "www-data").replace("=NONE", `=${DIRECTORY}/err.log`),
    },
    { subject: "rotation in /var/log/app" },
  ],
  ["no rotation", log(`${LOG}\nstdout_logfile_maxbytes=0`, writable()), null],
]);

rows("LOG-001", [
  [
    "a link that leads nowhere",
    log(LOG, host(DIRECTORY, WWW).link(LOG, "/mnt/disk/web.log"), "root"),
    { subject: /^\/mnt/, class: "C", commands: /^(?!install)/ },
  ],
  [
    "root's own link that leads nowhere",
    log(LOG, host().link(LOG, "/var/log/real/web.log"), "root"),
    { commands: ["install -d -o root -g root -m 0755 /var/log/real"] },
  ],
  [
    "a link to another directory",
    log(LOG, host(DIRECTORY, { uid: 33 }).directory("/data").link(LOG, "/data/web.log")),
    { subject: "/data" },
  ],
  [
    "a user's link to a directory of root's",
    log(
      "/home/pi/logs/web.log",
      host("/var/log/private").link("/home/pi/logs", "/var/log/private"),
      "pi",
    ),
    { class: "C" },
  ],
  [
    "root's link to a directory",
    log(LOG, host("/srv/logs").link(DIRECTORY, "/srv/logs"), "pi"),
    { commands: ["chown pi /srv/logs"] },
  ],
  [
    "root's link to a directory that others need",
    log(LOG, new DoctorHost().link(DIRECTORY, "/etc"), "pi"),
    { steps: [`directory ${DIRECTORY}/supervisor pi:pi 755`, `file ${CONF}`] },
  ],
]);

function program(index: number): string {
  return `[program:p${index}]\ncommand=/usr/bin/tsv\nstdout_logfile=${DIRECTORY}/p${index}.log\nstderr_logfile=NONE\n`;
}

test("LOG-001: a directory that the caller cannot see", () => {
  const on = asUser(host(DIRECTORY, WWW).directory(`${DIRECTORY}/in`, WWW));
  const facts = on.facts(config(`${DIRECTORY}/in/web.log`, "www-data"));
  on.hidden.add(`${DIRECTORY}/in`);
  assert.deepEqual(checkOf("LOG-001").look(facts), [
    { unknown: "whether the daemon can open 1 of its logs (needs root)" },
  ]);
});

test("LOG-001: a thousand programs take ten times the questions of a hundred", () => {
  assertLinear(checkOf("LOG-001"), () => host(DIRECTORY, { mode: 0o700 }), program);
});
