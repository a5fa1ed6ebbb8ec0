// tsv why of real programs that fail: for each runtime the sentence, and what to do. Runtimes that are not installed are skipped;
// their recorded output is tested in test/unit/core/why/clues.test.ts, as is that of Go, Rust and .NET, whose compilers are large.

import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { event } from "../rig/wait.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

interface Row {
  /** The program; the test is skipped without it. */
  readonly needs: string;
  /** Files of the program, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  /** Below `command=`; HERE is the directory, PORT a port in use. */
  readonly command: string;
  /** In the explanation, whose lines are joined. */
  readonly says: RegExp;
  /** Among what to do. */
  readonly advises: RegExp;
}

const PHP_FPM = readdirSync("/usr/sbin").find((name) => name.startsWith("php-fpm")) ?? "php-fpm";
const NGINX = "events {}\nnope on;\n";
const POOL =
  "[global]\nerror_log=/proc/self/fd/2\n[www]\nuser=nobody\nlisten=HERE/s\npm=dynamic\npm.max_children=x\n";
const JAVA =
  'public class F { public static void main(String[] a) throws Exception { new java.io.FileInputStream("/etc/nope/app.yml"); } }\n';

const ROWS: Readonly<Record<string, Row>> = {
  "a package of Node.js": {
    needs: process.execPath,
    files: { "a.js": "require('express-nope')\n" },
    command: `${process.execPath} HERE/a.js`,
    says: /meaning Node\.js cannot find the package express-nope/,
    advises: /npm install/,
  },
  "the heap of Node.js": {
    needs: process.execPath,
    files: { "a.js": "const a = []; for (;;) a.push({ x: [1, 2, 3] });\n" },
    command: `${process.execPath} --max-old-space-size=20 HERE/a.js`,
    says: /meaning it reached the memory limit of its own settings/,
    advises: /Raise that limit/,
  },
  "JSON on standard output": {
    needs: process.execPath,
    files: {
      "a.js":
        "require('net').createServer().on('error', (e) => { console.log(JSON.stringify({ level: 50, msg: e.message })); process.exit(1); }).listen(PORT, '127.0.0.1');\n",
    },
    command: `${process.execPath} HERE/a.js`,
    says: /PROG-012 .* needs port PORT/,
    advises: /kill \d+/,
  },
  "a port that a socket of Python binds": {
    needs: "/usr/bin/python3",
    files: { "a.py": "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', PORT))\n" },
    command: "/usr/bin/python3 HERE/a.py",
    says: /PROG-012 .* needs port PORT/,
    advises: /kill \d+/,
  },
  "a module of Python": {
    needs: "/usr/bin/python3",
    files: { "a.py": "import nope_mod\n" },
    command: "/usr/bin/python3 HERE/a.py",
    says: /meaning Python cannot find the module nope_mod/,
    advises: /virtual environment/,
  },
  "a library that Python loads": {
    needs: "/usr/bin/python3",
    files: { "a.py": "import ctypes; ctypes.CDLL('libnope.so.1')\n" },
    command: "/usr/bin/python3 HERE/a.py",
    says: /meaning the shared library libnope\.so\.1 is not installed/,
    advises: /Install the package that contains libnope\.so\.1/,
  },
  "a file of Ruby": {
    needs: "/usr/bin/ruby",
    files: { "a.rb": 'File.read("/etc/nope/app.yml")\n' },
    command: "ruby HERE/a.rb",
    says: /meaning \/etc\/nope\/app\.yml does not exist/,
    advises: /Create \/etc\/nope\/app\.yml/,
  },
  "a driver of PHP": {
    needs: "/usr/bin/php",
    files: { "a.php": '<?php new PDO("nodb:host=x");\n' },
    command: "php -d display_errors=stderr HERE/a.php",
    says: /meaning PHP has no driver for its database/,
    advises: /php -m/,
  },
  "a file of Java": {
    needs: "/usr/bin/javac",
    files: { "F.java": JAVA },
    command: "java HERE/F.java",
    says: /meaning \/etc\/nope\/app\.yml does not exist/,
    advises: /Create \/etc\/nope\/app\.yml/,
  },
  "a file of Perl": {
    needs: "/usr/bin/perl",
    files: {
      "a.pl": 'open(F, "<", "/etc/nope/a.yml") or die "cannot open /etc/nope/a.yml: $!";\n',
    },
    command: "perl HERE/a.pl",
    says: /meaning \/etc\/nope\/a\.yml does not exist/,
    advises: /Create \/etc\/nope\/a\.yml/,
  },
  "a command of a shell": {
    needs: "/bin/sh",
    command: "sh -c 'exec /opt/nope/x'",
    says: /meaning the command \/opt\/nope\/x does not exist/,
    advises: /correct the path/,
  },
  "a file that is not executable": {
    needs: "/bin/sh",
    files: { noexec: "#!/bin/sh\necho hi\n" },
    command: "sh -c 'cd HERE && ./noexec'",
    says: /meaning the file \.\/noexec is not executable/,
    advises: /chmod \+x \.\/noexec/,
  },
  "a command of env, in a locale with its own quotes": {
    needs: "/usr/bin/env",
    command: "env LC_ALL=C.UTF-8 env nosuchcmd",
    says: /meaning the command nosuchcmd is in no directory of PATH/,
    advises: /Install nosuchcmd/,
  },
  "a command of busybox": {
    needs: "/bin/busybox",
    command: "busybox sh -c 'nosuchcmd; exit 127'",
    says: /meaning the command nosuchcmd is in no directory of PATH/,
    advises: /Install nosuchcmd/,
  },
  "a variable that a shell requires": {
    needs: "/bin/sh",
    command: "sh -c ': $${DATABASE_URL:?}'".replace("$$", "$"),
    says: /meaning the variable DATABASE_URL is not set/,
    advises: /Set DATABASE_URL with environment=/,
  },
  "a directive of nginx": {
    needs: "/usr/sbin/nginx",
    files: { "n.conf": NGINX },
    command: "nginx -c HERE/n.conf -g 'daemon off;'",
    says: /meaning nginx refuses its configuration in \S+n\.conf:2: unknown directive "nope"/,
    advises: /nginx -c \S+n\.conf -g .* -t/,
  },
  "PostgreSQL as root": {
    needs: "/usr/local/bin/postgres",
    command: "/usr/local/bin/postgres -D HERE",
    says: /meaning PostgreSQL refuses to run as root/,
    advises: /Set user=postgres/,
  },
  "the port of Redis": {
    needs: "/usr/bin/redis-server",
    command: "redis-server --port PORT --bind 127.0.0.1",
    says: /PROG-012 .* needs port PORT/,
    advises: /kill \d+/,
  },
  "a module of gunicorn": {
    needs: "/usr/bin/gunicorn",
    files: { "wsgi.py": "import nope_mod\n" },
    command: "/usr/bin/gunicorn --chdir HERE -b unix:HERE/g.sock wsgi:app",
    says: /meaning Python cannot find the module nope_mod/,
    advises: /virtual environment/,
  },
  "an option of gunicorn": {
    needs: "/usr/bin/gunicorn",
    command: "/usr/bin/gunicorn --nope",
    says: /meaning it does not know the option --nope/,
    advises: /Correct command=/,
  },
  "a value of php-fpm": {
    needs: `/usr/sbin/${PHP_FPM}`,
    files: { "fpm.conf": POOL },
    command: `${PHP_FPM} -F -y HERE/fpm.conf`,
    says: /meaning php-fpm refuses the value of pm\.max_children in \S+fpm\.conf:7/,
    advises: /php-fpm\S* -F -y \S+fpm\.conf -t/,
  },
  "an error of a later run": {
    needs: "/bin/sh",
    files: {
      run: "#!/bin/sh\nif [ -e HERE/S ]; then echo license is invalid >&2; exit 9; fi\ntouch HERE/S\necho Error: listen EADDRINUSE: address already in use 127.0.0.1:PORT >&2\nexit 1\n",
    },
    command: "sh HERE/run\nstartretries=1",
    says: /^(?!.*(?:meaning|PROG-012)).*\| license is invalid/,
    advises: /^(?!.*kill).*Read its output/,
  },
  "a signal of the kernel": {
    needs: "/bin/sh",
    command: "sh -c 'echo Permission denied >&2; kill -SEGV $$'",
    says: /^(?!.*meaning).*SIGSEGV \(segmentation fault\)/,
    advises: /^(?!.*permission)/,
  },
};

/** In the PATH of the daemon, whatever that of the tests is. */
const PATH = "environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

async function explained(rig: Rig, command: string, retries = "startretries=0"): Promise<string> {
  const options = command.includes("startretries") ? command : `${command}\n${retries}`;
  const daemon = await rig.startWith(
    `[program:web]\ncommand=${options}\nstartsecs=60\nstopasgroup=true\n${PATH}\n`,
  );
  await daemon.logged(/gave up: web/);
  const { status, stdout, stderr } = await rig.verb("why", "web");
  assert.equal(status, 0, stderr);
  return stdout.replace(/\s+/g, " ");
}

for (const [name, { needs, files = {}, command, says, advises }] of Object.entries(ROWS)) {
  const absent = existsSync(needs) ? withoutRoot() : `${needs} is missing; run make test-host`;
  e2e(`why explains ${name}`, absent, async (rig) => {
    const server = createServer().listen(0, "127.0.0.1");
    await event(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    try {
      const filled = (text: string): string =>
        text.replaceAll("HERE", rig.path(".").replace(/\/\.?$/, "")).replaceAll("PORT", port);
      for (const [file, text] of Object.entries(files))
        chmodSync(rig.write(file, filled(text)), 0o644);
      const told = await explained(rig, filled(command));
      const [, steps = ""] = told.split(" What to do: ");
      assert.match(told, new RegExp(filled(says.source)));
      assert.match(steps, advises);
      assert.equal(
        new Set(steps.split(/ \d\. /)).size,
        steps.split(/ \d\. /).length,
        "no step twice",
      );
    } finally {
      server.close();
    }
  });
}

/** A program of this host with other bytes in it. */
function altered(rig: Rig, change: (bytes: Buffer) => void): string {
  const bytes = readFileSync("/usr/bin/true");
  change(bytes);
  const path = rig.write("program", bytes);
  chmodSync(path, 0o755);
  return path;
}

e2e("why explains a library that is missing", async (rig) => {
  const path = altered(rig, (bytes) => bytes.write("q", bytes.indexOf("libc.so.6") + 3));
  const told = await explained(rig, path);
  assert.match(told, /meaning the shared library libq\.so\.6 is not installed/);
  assert.match(told, /1\. Install the package that contains libq\.so\.6/);
});

e2e("why explains a program for another processor, once", async (rig) => {
  const path = altered(rig, (bytes) => bytes.writeUInt16LE(22, 18));
  const told = await explained(rig, path);
  assert.match(told, /PROG-003 .* built for another processor/);
  assert.doesNotMatch(told, /uname|meaning|Correct command=/);
  assert.equal(told.match(/\d\. Install the program for /g)?.length, 1);
});

e2e("why explains a program that was cut off, and does not call it fixed", async (rig) => {
  rig.write("program", readFileSync("/usr/bin/true").subarray(0, 16));
  chmodSync(rig.path("program"), 0o755);
  const told = await explained(rig, rig.path("program"));
  assert.match(told, /PROG-004 .* cut off/);
  assert.doesNotMatch(told, /PROG-019/);
});

e2e("why asks the daemon that runs although its file has an error, and names that", async (rig) => {
  const text = "[program:web]\ncommand=sh -c 'echo boom; exit 3'\nstartretries=0\n";
  const daemon = await rig.startWith(text);
  await daemon.logged(/gave up: web/);
  const file = rig.path("d.conf");
  // Without a section for ctl, the file must be read to find the daemon.
  const before = readFileSync(file, "utf8").replace(/\[supervisorctl\]\n[^[]*/, "");
  rig.write("d.conf", `${before}\n[program:b]\ncommand=sleep 1\nautostart=maybe\n`);
  const { status, stdout } = await rig.verb("why", "web");
  assert.equal(status, 0);
  const told = stdout.replace(/\s+/g, " ");
  assert.match(told, /web: FATAL .* exit status 3 .*\| boom/);
  const line = before.split("\n").length + 3;
  assert.ok(told.includes(`where ${file}:${line}`), told);
});
