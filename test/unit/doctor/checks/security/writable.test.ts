// SEC-004 on hosts in memory: paths that other users can change, and healthy hosts.

import { test } from "node:test";

import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear } from "../../../../fakes/doctor-repairs.ts";
import { checkOf, type Facts, rows } from "../rows.ts";

const PASSWD = `root:x:0:0::/root:/bin/sh
www-data:x:33:33::/var/www:/bin/false
pi:x:1000:1000::/home/pi:/bin/sh
`;
const GROUP =
  "root:x:0:\nadm:x:4:\nsudo:x:27:pi\nwww-data:x:33:\nstaff:x:50:\ntsv:x:990:\npi:x:1000:\n";
const X = { mode: 0o755 };
const OPEN = { mode: 0o777 };
const PIS = { uid: 1000, gid: 1000 };

function program(command: string, more = ""): string {
  return `[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=${command}\nstdout_logfile=NONE\nstderr_logfile=NONE\n${more}`;
}

/** A Debian: /usr/local is root:staff 2775. */
function host(staff = ""): DoctorHost {
  const on = new DoctorHost()
    .file("/etc/passwd", PASSWD)
    .file("/etc/group", GROUP.replace("staff:x:50:", `staff:x:50:${staff}`))
    .directory("/usr/local", { mode: 0o2775, gid: 50 })
    .directory("/usr/local/bin", { mode: 0o2775, gid: 50 })
    .file("/usr/local/bin/app", "\x7fELF", X);
  on.groups.push({ name: "staff", gid: 50 }, { name: "sudo", gid: 27 });
  return on;
}

function running(command: string, on = host(), more = "", parts: Facts = {}): Facts {
  return { on, text: program(command, more), ...parts };
}

function logging(path: string, on: DoctorHost, user = "root"): Facts {
  const text = program("/usr/bin/tsv").replace("stdout_logfile=NONE", `stdout_logfile=${path}`);
  return { on, text: text.replace("[supervisord]", `[supervisord]\nuser=${user}`) };
}

function sudoer(): DoctorHost {
  const on = host("pi");
  on.memberships.set("pi", [27]);
  return on;
}

function image(): DoctorHost {
  return host().directory("/app", { uid: 1000 }).file("/app/run", "x", X);
}

const INCLUDE = "[include]\nfiles=%(here)s/conf.d/*.conf\n";
const MANY = ["a", "b", "c"].map((name) => `[program:${name}]\ncommand=/opt/app\n`).join("");

rows("SEC-004", [
  [
    "the records of tsv, in a sticky directory",
    running("/usr/bin/tsv", host().directory("/var/lib/tsv", { mode: 0o1777 })),
    {
      severity: "warning",
      subject: "/var/lib/tsv",
      commands: ["chmod 1755 /var/lib/tsv"],
      fixed: true,
    },
  ],
  [
    "the records of tsv, in a directory of another user",
    running("/usr/bin/tsv", host().directory("/var/lib/tsv", PIS)),
    { severity: "warning", subject: "/var/lib/tsv", commands: ["chown root /var/lib/tsv"] },
  ],
  [
    "the records of tsv, for root alone",
    running("/usr/bin/tsv", host().directory("/var/lib/tsv")),
    null,
  ],
  [
    "/tmp is sticky",
    running("/tmp/x/app", host().directory("/tmp/x").file("/tmp/x/app", "x", X)),
    null,
  ],
  [
    "a member of staff could replace what root runs",
    running("/usr/local/bin/app", host("www-data")),
    {
      severity: "warning",
      subject: "/usr/local",
      commands: ["chmod 2755 /usr/local"],
      fixed: { subject: "/usr/local/bin", fixed: true },
    },
  ],
  ["a member who may use sudo", running("/usr/local/bin/app", sudoer()), null],
  [
    "a group with unknown members",
    running(
      "/opt/app",
      host().directory("/opt", { mode: 0o775, gid: 5000 }).file("/opt/app", "x", X),
    ),
    { severity: "info" },
  ],
  [
    "the directory of included files, while it is empty and although it is sticky",
    running("/usr/bin/tsv", host().directory("/etc/tsv/conf.d", { mode: 0o1777 }), INCLUDE),
    { subject: "/etc/tsv/conf.d" },
  ],
  [
    "a script in a user's home: no home changes its owner",
    running(
      "python3 /home/pi/app.py",
      host()
        .file("/home/pi/app.py", "x", { ...PIS, ...X })
        .file("/usr/bin/python3", "\x7fELF", X),
    ),
    { subject: "/home/pi", class: "C" },
  ],
  [
    "a program of that user",
    running("/home/pi/app", host().file("/home/pi/app", "x", { ...PIS, ...X }), "user=pi\n"),
    null,
  ],
  [
    "a symlink is followed to its target",
    running(
      "/usr/bin/app",
      host()
        .directory("/srv/open", OPEN)
        .file("/srv/open/app", "x", X)
        .link("/usr/bin/app", "/srv/open/app"),
    ),
    { subject: "/srv/open" },
  ],
  [
    "the same for a daemon of another user",
    logging("/var/log/app/web.log", host().directory("/var/log/app", OPEN), "www-data"),
    { symptom: /any file of www-data, with a symlink in \/var\/log\/app$/ },
  ],
  [
    "a directory of logs of a program, as on Ubuntu",
    logging(
      "/var/log/app/web.log",
      host()
        .directory("/var/log", { mode: 0o775, gid: 4 })
        .directory("/var/log/app", { uid: 33, gid: 33 }),
    ),
    null,
  ],
  [
    "a /tmp that is not sticky",
    logging("/tmp/web.log", host().directory("/tmp", OPEN)),
    { steps: ["own /tmp 0:0 1777"], fixed: true },
  ],
  [
    "a file system without owners",
    running(
      "/mnt/c/app",
      host()
        .directory("/mnt/c", OPEN)
        .file("/mnt/c/app", "x", OPEN)
        .mount("/mnt/c", { type: "vfat" }),
    ),
    { class: "C" },
  ],
  [
    "users of an image in a container",
    running("/app/run", image(), "", { host: { container: "docker" }, service: { init: null } }),
    { severity: "info" },
  ],
  [
    "a container that boots an init system is a host",
    running("/app/run", image(), "", { host: { container: "lxc" } }),
    { severity: "warning" },
  ],
  [
    "a configuration directory of tsv that a user owns",
    running("/usr/bin/tsv", host().directory("/etc/tsv", PIS), "", {
      config: { chosenBy: "service" },
    }),
    {
      severity: "warning",
      subject: "/etc/tsv",
      commands: ["chown root /etc/tsv"],
      fixed: true,
    },
  ],
  [
    "many programs behind one weakness are one finding",
    {
      on: host().directory("/opt", OPEN).file("/opt/app", "x", X),
      text: `[supervisord]\nlogfile=/var/log/d.log\n${MANY}`,
    },
    { subject: "/opt" },
  ],
]);

test("SEC-004: a thousand programs take ten times the questions of a hundred", () => {
  assertLinear(
    checkOf("SEC-004"),
    host,
    (index) =>
      `[program:p${index}]\ncommand=/usr/local/bin/app\nstdout_logfile=/var/log/p${index}.log\n`,
  );
});
