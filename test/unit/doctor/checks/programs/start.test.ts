// What else keeps a program from being started, on hosts in memory: its interpreter, directory, user and variables.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { checkOf, found, type Row, rows } from "../rows.ts";
import { allowedByList, closed, config, elf, having, host, status, stray, web } from "./rig.ts";

const X = { mode: 0o755 };

/** A program that is this text, in mode 755. */
function script(text: string, parts = {}, lines = ["command=/opt/run"]) {
  return web(lines, host().file("/opt/run", text, X), parts);
}

function registered(name: string, text: string, on: DoctorHost): DoctorHost {
  return on
    .file("/proc/sys/fs/binfmt_misc/status", "enabled\n")
    .file(`/proc/sys/fs/binfmt_misc/${name}`, text);
}

const QEMU =
  "enabled\ninterpreter /usr/libexec/qemu-aarch64\nflags: F\noffset 0\n" +
  "magic 7f454c460201010000000000000000000000b700\n" +
  "mask ffffffffffffff00fffffffffffffffff0ffffff\n";
const ARMHF = "/lib/ld-linux-armhf.so.3";
const PI = { host: { machine: "aarch64" } };

function unreadable(): DoctorHost {
  const on = host().file("/opt/run", "#!/nope\n", X);
  on.readHead = () => null;
  return on;
}

rows("PROG-003", [
  [
    "a carriage return after env's name",
    script("#!/usr/bin/env python3\r\n"),
    { writes: { "/opt/run": /^#!\/usr\/bin\/env python3\n$/ } },
  ],
  [
    "a script behind a link that others can change is not written",
    web("command=/srv/app/run", stray().file("/etc/secret", "#!/bin/sh\r\necho hi\r\n", X)),
    { class: "C", commands: ["namei -l /srv/app/run"] },
  ],
  [
    "a carriage return after an option of the interpreter",
    script("#!/bin/sh -e\r\necho\r\n"),
    { symptom: /option that ends in \\r/ },
  ],
  [
    "env finds it in environment=PATH",
    web(
      ["command=/opt/run", 'environment=PATH="/usr/local/bin:/usr/bin"'],
      having("/usr/local/bin/node").file("/opt/run", "#!/usr/bin/env node\n", X),
    ),
    null,
  ],
  [
    "with the loader it runs",
    web(
      "command=/opt/run",
      host()
        .bytes("/opt/run", elf(40, 32, ARMHF), X)
        .bytes(ARMHF, elf(40, 32), X),
      PI,
    ),
    null,
  ],
  [
    "a binary with a registered interpreter such as qemu",
    web(
      "command=/opt/run",
      registered("qemu-aarch64", QEMU, host().bytes("/opt/run", elf(183, 64), X)),
    ),
    null,
  ],
  ["env with -S", script("#!/usr/bin/env -S python3 -u\n"), null],
  [
    "a script run by a script",
    web(
      "command=/opt/run",
      host().file("/opt/own-sh", "#!/bin/sh\n", X).file("/opt/run", "#!/opt/own-sh -x\n", X),
    ),
    null,
  ],
  [
    "an unreadable file is not judged",
    web("command=/opt/run", unreadable()),
    { unknown: "what web executes" },
  ],
]);

test("PROG-003: a script is rewritten only while it is the one that was read", () => {
  const text = "#!/bin/sh\r\necho hi\r\n";
  const ids = { uid: 1000, gid: 1000, device: 7, inode: 42 };
  const on = host().file("/opt/run", text, { mode: 0o6755, ...ids });
  const [one] = found(checkOf("PROG-003"), web("command=/opt/run", on));
  const step = one !== undefined && "repair" in one ? one.repair.steps[0]?.step : undefined;
  assert.ok(step?.kind === "file");
  assert.deepEqual([step.mode, step.owner], [0o755, { user: "pi", group: "pi" }]);
  assert.deepEqual(step.replaces, { seen: { kind: "file", mode: 0o6755, ...ids }, text });
});

function file(text: string | Uint8Array, name = "/opt/run.sh") {
  const on = typeof text === "string" ? host().file(name, text, X) : host().bytes(name, text, X);
  return web(`command=${name} -v`, on);
}

const JAR = "interpreter /usr/bin/jexec\nextension .jar\n";

function jar(state: string) {
  const on = host().file("/opt/a.jar", "PK\x03\x04", X);
  return web("command=/opt/a.jar", registered("jar", `${state}\n${JAR}`, on));
}

rows("PROG-004", [
  ["its interpreter is not installed", file("puts 1\n", "/opt/run.rb"), { class: "C" }],
  ["it has no known extension", file("echo hi\n", "/opt/run"), { class: "C" }],
  ["other data", file(new Uint8Array([1, 0, 2])), { cause: /neither an executable/ }],
  ["an executable cut after 4 bytes", file(elf(62, 64).subarray(0, 4)), { cause: /cut off/ }],
  ["an executable cut after 16 bytes", file(elf(62, 64).subarray(0, 16)), { cause: /cut off/ }],
  ["one cut in its table", file(elf(62, 64, "/lib/x").subarray(0, 100)), { cause: /cut off/ }],
  ["an archive", file("PK\x03\x04 x".repeat(50)), { cause: /an archive/, advice: /^Unpack it/ }],
  ["a lone #!", file("#!\necho\n"), { cause: /does not name an interpreter/ }],
  ["a byte order mark before #!", file("\ufeff#!/bin/sh\n"), { commands: /xEF/ }],
  ["a program", file(elf(62, 64)), null],
  ["a registered extension", jar("enabled"), null],
  ["a registered extension that is disabled", jar("disabled"), {}],
]);

function directory(lines: readonly string[], on = host(), parts = {}) {
  return web(["command=sleep 5", ...lines], on, parts);
}

function links(path: string): Row {
  const on = stray()
    .directory("/root/private", { mode: 0o700 })
    .link("/srv/app/in", "/root/private")
    .link("/srv/app/etc", "/etc");
  return [
    `${path}, where a link leads that others can change`,
    directory([`directory=${path}`, "user=www-data"], on),
    { class: "C", commands: [`namei -l ${path}`] },
  ];
}

rows("PROG-005", [
  ["a completely missing path", directory(["directory=/a/b/c/d"]), { class: "C" }],
  [
    "a dangling symlink",
    directory(["directory=/opt/current"], host().link("/opt/current", "/opt/releases/7")),
    { class: "C" },
  ],
  [
    "root's home is never opened",
    directory(["directory=/root", "user=pi"], closed("/root")),
    { class: "C" },
  ],
  links("/srv/app/in"),
  links("/srv/app/etc/cron.d"),
  ["quotes", directory(["directory='/tmp'"]), null],
  ["a comment without a blank before it", directory(["directory=/tmp;here"]), null],
  ["a file", directory(["directory=/opt/x"], host().file("/opt/x")), { symptom: /ENOTDIR/ }],
  [
    "a directory that the user can enter",
    directory(
      ["directory=/srv/app", "user=www-data"],
      host().directory("/srv/app", { mode: 0o750, gid: 33 }),
    ),
    null,
  ],
  ["a directory for root", directory(["directory=/srv/app"], closed("/srv/app")), null],
  [
    "a program that runs",
    directory(["directory=/srv/app", "user=pi"], closed("/srv/app"), { programs: [status()] }),
    null,
  ],
  [
    "an access control list that lets the user in",
    directory(["directory=/srv/app", "user=pi"], allowedByList("/srv/app")),
    null,
  ],
]);

function daemonOf(user: string) {
  const text = config("command=sleep 5", "user=pi");
  return { on: host(), text: text.replace("[supervisord]", `[supervisord]\nuser=${user}`) };
}

rows("PROG-006", [["other users can start them as themselves", daemonOf("pi"), null]]);

rows("PROG-007", [
  [
    "an unclosed quotation is reported without the command, which may contain a secret",
    web("command=sh -c 'mysql -psecret"),
    { symptom: "can't parse command: No closing quotation", line: 3, hides: /psecret/ },
  ],
  [
    "one that was cut at a semicolon",
    web("command=sh -c 'a ; b'"),
    { cause: /cut off at a semicolon/, evidence: ["line 3 ends at its semicolon"] },
  ],
]);

rows("PROG-014", [
  ["its own home", web(["command=sleep 5", "user=pi", 'environment=HOME="/home/pi"']), null],
  ["the environment of its user", web(["command=sleep 5", "user=pi", "user_env=true"]), null],
  ["the daemon's own user", web(["command=sleep 5", "user=root"]), null],
]);

function variables(files: string, text: string | null) {
  const on = text === null ? host() : host().file("/etc/app.env", text);
  return web(["command=sleep 5", `env_file=${files}`], on);
}

rows("PROG-028", [
  [
    "a missing file that is not optional",
    variables("/etc/app.env", null),
    { severity: "error", symptom: /\/etc\/app\.env: it does not exist/, key: "env_file" },
  ],
  [
    "a mistake is named with its place, and not shown",
    variables("/etc/app.env", "A=1\nPASSWORD='hunter2\n"),
    { symptom: /\/etc\/app\.env:2:10: the quotation/, hides: /hunter2/ },
  ],
  ["a sound file, and one that may be missing", variables("/etc/app.env, ?/etc/x", "A=1\n"), null],
]);
