// Who can control the daemon and read its secrets, on hosts in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback } from "../../../../../src/doctor/checks/security/control-access.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import { answer } from "../socket/rig.ts";

const CONF = "/etc/tsv/tsv.conf";

function port(address: string, more = ""): Facts {
  return { text: `[supervisord]\n[inet_http_server]\nport=${address}\n${more}` };
}

rows("SEC-001", [
  ...["*:9001", ":9001", "0.0.0.0:9001", "192.168.1.5:9001", "pi.lan:9001"].map(
    (address): Row => [
      `${address} is bound to this machine`,
      { on: new DoctorHost(), ...port(address) },
      {
        severity: "warning",
        subject: "inet_http_server",
        line: 3,
        class: "B",
        writes: { [CONF]: /^port=127\.0\.0\.1:9001$/m },
        fixed: true,
      },
    ],
  ),
  ["a password", port("*:9001", "username=a\npassword=b\n"), null],
  ...["admin", "{SHA}d033e22ae348aeb5660fc2140aec35850c4da997"].map(
    (password): Row => [
      `the password ${password}`,
      port("*:9001", `username=a\npassword=${password}\n`),
      { severity: "warning", subject: "inet_http_server", class: "C" },
    ],
  ),
  ["the address of this machine", port("127.0.0.1:9001"), null],
]);

test("SEC-001: names and addresses of this machine", () => {
  for (const host of ["127.0.0.1", "127.1", "::1", "[::1]", "localhost", "app.localhost"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example.org"]) {
    assert.ok(!isLoopback(host), host);
  }
});

const CONFIG =
  "[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\nusername=a\npassword=hunter2\n";
const SOCKET = "[unix_http_server]\nfile=/run/x.sock\n";
const DUMMY = "username=dummy\npassword=dummy\n";
const SILENCED = `[supervisord]\n${SOCKET}${DUMMY}[supervisorctl]\nserverurl=unix:///run/x.sock\n${DUMMY}`;

/** The configuration, as all users can read it. */
function readable(text = CONFIG, mode = 0o644): Facts {
  return { on: new DoctorHost().file(CONF, text, { mode }) };
}

function included(): DoctorHost {
  return new DoctorHost()
    .file(CONF, "[supervisord]\n[include]\nfiles=conf.d/*.conf\n")
    .file("/etc/tsv/conf.d/ctl.conf", "[supervisorctl]\npassword=hunter2\n");
}

rows("SEC-002", [
  [
    "a password is taken from others, and left to the group of tsv",
    readable(),
    {
      severity: "warning",
      line: 5,
      commands: [`chgrp tsv ${CONF}`, `chmod 0640 ${CONF}`],
      fixed: true,
      hides: /hunter2/,
    },
  ],
  [
    "the group of the socket is kept able to use ctl",
    readable(`${CONFIG}${SOCKET}chmod=0770\nchown=root:adm\n`),
    { commands: /^chgrp adm / },
  ],
  [
    "a daemon that changes its user can still read it at a reload",
    readable(CONFIG.replace("[supervisord]", "[supervisord]\nuser=www-data")),
    { steps: [`own ${CONF} 0:33 640`] },
  ],
  [
    "ctl's password in an included file",
    { on: included() },
    { subject: "/etc/tsv/conf.d/ctl.conf", class: "B" },
  ],
  [
    "a password that only silences a warning about the socket",
    readable(SILENCED),
    { severity: "info" },
  ],
  [
    "one that opens the socket",
    readable(SILENCED.replace("username", "chmod=0777\nusername")),
    { severity: "warning" },
  ],
  [
    "variables that sound like secrets",
    readable(
      '[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\nenvironment=API_TOKEN="hunter2",LANG="C"\n',
    ),
    { severity: "info", evidence: /API_TOKEN$/, hides: /hunter2/ },
  ],
  [
    "a file that others cannot reach",
    {
      on: new DoctorHost().file(CONF, CONFIG).directory("/etc/tsv", { mode: 0o750, gid: 990 }),
    },
    null,
  ],
  [
    "the password of a user",
    readable("[supervisord]\n[user:ann]\npassword=hunter2\n"),
    { severity: "warning", evidence: /\[user:ann\] password$/, hides: /hunter2/ },
  ],
  [
    "the token of a user",
    readable("[supervisord]\n[user:ann]\ntoken=hunter2hunter2hunter2\n"),
    { severity: "warning", evidence: /\[user:ann\] token$/, hides: /hunter2/ },
  ],
  [
    "the token of a user whose password is hashed",
    readable("[supervisord]\n[user:ann]\npassword={scrypt}x\ntoken=hunter2hunter2hunter2\n"),
    { severity: "warning", evidence: /contains \[user:ann\] token$/, hides: /hunter2/ },
  ],
  [
    "the hash of a token",
    readable(`[supervisord]\n[user:ann]\ntoken={SHA256}${"0".repeat(64)}\n`),
    null,
  ],
  ["one from the environment", readable(CONFIG.replace("hunter2", "%(ENV_SECRET)s")), null],
  [
    "a variable from the environment",
    readable('[supervisord]\nenvironment=API_TOKEN="%(ENV_API_TOKEN)s"\n'),
    null,
  ],
]);

const X_SOCK = "/run/x.sock";

function open(more: string, on = new DoctorHost(), parts: Facts = {}): Facts {
  return { on, text: `[supervisord]\n${SOCKET}${more}`, ...parts };
}

function socket(mode: number, gid = 0): DoctorHost {
  return new DoctorHost().socket(X_SOCK, { mode, gid });
}

function pis(isMember: boolean): Facts {
  const on = new DoctorHost();
  if (isMember) on.memberships.set("pi", [990]);
  return { on, text: `[supervisord]\nuser=pi\n${SOCKET}chmod=0777\n` };
}

function withoutGroup(): DoctorHost {
  const on = new DoctorHost();
  on.groups.splice(0, on.groups.length, { name: "root", gid: 0 });
  return on;
}

const REFUSED = { servers: [answer("refused", { url: `unix://${X_SOCK}` })] };

rows("SEC-007", [
  [
    "chmod=0777 becomes 0770 with the group of tsv, in the configuration and on the socket",
    open("chmod=0777\n", socket(0o777)),
    {
      severity: "warning",
      subject: X_SOCK,
      line: 4,
      class: "B",
      writes: { [CONF]: /^chown=root:tsv\n(?:.*\n)*chmod=0770$/m },
      steps: /^file [^\n]*\nown \/run\/x\.sock /,
      fixed: true,
    },
  ],
  [
    "a group that the configuration names stays",
    open("chmod=0777\nchown=root:adm\n", socket(0o777, 4)),
    { writes: { [CONF]: /^chown=root:adm$/m }, fixed: true },
  ],
  [
    "without a group of tsv's only the daemon's user is left",
    open("chmod=0777\n", withoutGroup()),
    { writes: { [CONF]: /^chmod=0700$/m }, fixed: true },
  ],
  [
    "a daemon that is not root cannot give its socket to a group of others",
    pis(false),
    { writes: { [CONF]: /^chmod=0700$/m } },
  ],
  ["but to its own group", pis(true), { writes: { [CONF]: /^chown=pi:tsv$/m } }],
  [
    "a manual chmod is reverted only on the socket",
    open("", socket(0o777)),
    { commands: [`chgrp tsv ${X_SOCK}`, `chmod 0770 ${X_SOCK}`], fixed: true },
  ],
  [
    "to the mode and the group in the configuration",
    open("chmod=0660\nchown=root:adm\n", socket(0o777, 4)),
    { commands: [`chmod 0660 ${X_SOCK}`] },
  ],
  ["a stale socket accepts no connections", open("", socket(0o777), REFUSED), null],
  [
    "of a stale socket, the configuration is changed",
    open("chmod=0777\n", socket(0o777), REFUSED),
    { steps: [`file ${CONF}`] },
  ],
  ["a password", open("chmod=0777\nusername=a\npassword=b\n", socket(0o770)), null],
  [
    "a directory that is closed to others",
    {
      on: new DoctorHost()
        .directory("/run/tsv", { mode: 0o750, gid: 990 })
        .socket("/run/tsv/x.sock", { mode: 0o777 }),
      text: "[supervisord]\n[unix_http_server]\nfile=/run/tsv/x.sock\nchmod=0777\n",
    },
    null,
  ],
]);

const VARIABLES = "[supervisord]\n[program:web]\ncommand=sleep 5\nenv_file=/etc/app.env\n";

function variables(text: string, mode = 0o644): Facts {
  return { on: new DoctorHost().file("/etc/app.env", text, { mode }), text: VARIABLES };
}

/** The file is a symlink in a directory of pi. */
function linked(user: string): Facts {
  const on = new DoctorHost()
    .directory("/home/pi", { uid: 1000 })
    .file("/etc/other.env", "DB_PASSWORD=hunter2\n", { mode: 0o644 })
    .link("/home/pi/app.env", "/etc/other.env", 1000);
  const text = VARIABLES.replace("/etc/app.env", "/home/pi/app.env");
  return { on, text: text.replace("\n", `\nuser=${user}\n`) };
}

rows("SEC-009", [
  [
    "secrets are taken from others",
    variables("PORT=1\nDB_PASSWORD=hunter2\nAPI_TOKEN=hunter3\n"),
    {
      severity: "warning",
      subject: "/etc/app.env",
      commands: ["chmod 0640 /etc/app.env"],
      fixed: true,
      hides: /hunter/,
    },
  ],
  ["no secrets", variables("PORT=1\nDB_PASSWORD=\n"), null],
  ["the daemon of root does not read a symlink of a user", linked("root"), null],
  [
    "root changes no file behind a symlink of a user",
    linked("pi"),
    { class: "C", commands: ["namei -l /home/pi/app.env"] },
  ],
  [
    "a symlink of root is followed",
    {
      on: new DoctorHost()
        .file("/etc/real.env", "DB_PASSWORD=hunter2\n", { mode: 0o644 })
        .link("/etc/app.env", "/etc/real.env"),
      text: VARIABLES,
    },
    { commands: ["chmod 0640 /etc/real.env"], fixed: true },
  ],
  ["so is one with a mistake", variables("PASSWORD='x\n"), null],
]);
