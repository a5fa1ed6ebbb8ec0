// PROG-001 on hosts in memory: commands that the service does not find, and those it does.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMAND_NOT_FOUND } from "../../../../../src/doctor/checks/programs/command.ts";
import { config, host, look, one, status, written } from "./rig.ts";

const check = (made: ReturnType<typeof host>, ...lines: readonly string[]) =>
  look(COMMAND_NOT_FOUND, made, config(...lines));

describe("PROG-001", () => {
  test("a command that only the shell's PATH has is found there, and its absolute path offered", () => {
    const made = host().file("/usr/local/bin/node", "\x7fELF", { mode: 0o755 });
    const finding = one(check(made, "command=node app.js --port 80 ; the web"));
    assert.equal(finding.symptom, "can't find command 'node'");
    assert.equal(finding.severity, "error");
    assert.equal(finding.place?.line, 3);
    assert.match(finding.evidence.join("\n"), /PATH of the service: \/usr\/bin:\/bin/);
    assert.equal(finding.repair.class, "B");
    assert.match(
      written(finding),
      /^command=\/usr\/local\/bin\/node app\.js --port 80 ; the web$/m,
    );
  });

  test("a command in a PATH that a file of variables sets is found", () => {
    const made = host().file("/opt/app/serve", "\x7fELF", { mode: 0o755 });
    made.file("/etc/web.env", "PATH=/opt/app\n");
    assert.deepEqual(check(made, "command=serve", "env_file=/etc/web.env"), []);
  });

  test("a command that tsv has built in is found, although no file has its name", () => {
    const made = host().file("/usr/local/bin/tsv", "\x7fELF", { mode: 0o755 });
    assert.deepEqual(check(made, "command=supervisor_stdout"), []);
  });

  test("an unknown value must be written by hand", () => {
    const finding = one(check(host(), "command=frobnicate"));
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
  });

  test("a misspelt name is answered with the one that is most like it, and left to a person", () => {
    const made = host().file("/usr/bin/python3", "\x7fELF", { mode: 0o755 });
    const finding = one(check(made, "command=pyhton3 -m http.server"));
    assert.equal(finding.evidence.at(-1), "did you mean /usr/bin/python3?");
    assert.equal(finding.repair.class, "C");
    assert.doesNotMatch(one(check(made, "command=caddy run")).evidence.join(), /meant/);
  });

  test("an absolute path with a misspelt component is corrected where only one file can be meant", () => {
    const made = host().file("/opt/shop/bin/serve", "\x7fELF", { mode: 0o755 });
    const finding = one(check(made, "command=/opt/shpo/bin/serve -v"));
    assert.match(written(finding), /^command=\/opt\/shop\/bin\/serve -v$/m);
  });

  test("a removed version is reported with the installed one", () => {
    const node = "/home/pi/.nvm/versions/node/v20.3.0/bin/node";
    const made = host().file(node, "\x7fELF", { mode: 0o755 });
    const finding = one(check(made, `command=${node.replace("20.3.0", "18.1.0")} app.js`));
    assert.match(finding.evidence.join("\n"), /v20\.3\.0\/bin\/node exists/);
  });

  test("a dangling symlink is reported with its target", () => {
    const made = host().link("/opt/app/current", "/opt/app/releases/7");
    const finding = one(check(made, "command=/opt/app/current/serve"));
    assert.match(
      finding.evidence.join("\n"),
      /current is a symlink to \/opt\/app\/releases\/7, which does not exist/,
    );
  });

  test("existing commands are not reported: absolute, in PATH, relative to directory=, in environment=PATH", () => {
    const made = host().file("/opt/app/serve", "\x7fELF", { mode: 0o755 });
    assert.deepEqual(check(made, "command=/usr/bin/python3 x.py"), []);
    assert.deepEqual(check(made, "command=python3 x.py"), []);
    assert.deepEqual(check(made, "command=./serve", "directory=/opt/app"), []);
    assert.deepEqual(check(made, "command=serve", 'environment=PATH="/opt/app:/usr/bin"'), []);
    assert.deepEqual(check(made, "command=nginx", "autostart=false"), []);
  });

  test("a caller without permission does not report a path as missing", () => {
    const made = host();
    made.uid = 1000;
    made.file("/root/app", "", { mode: 0o755 });
    made.hidden.add("/root/app");
    const said = look(COMMAND_NOT_FOUND, made, config("command=/root/app"), {
      daemon: { uid: 0, pid: 5 },
    } as never);
    assert.deepEqual(said, [{ unknown: "whether the command of web exists" }]);
  });

  test("a program with many processes is reported once", () => {
    const text = config("command=nope", "numprocs=3", "process_name=w%(process_num)d");
    const finding = one(look(COMMAND_NOT_FOUND, host(), text));
    assert.match(finding.evidence.join("\n"), /the same for 2 more of its processes/);
    assert.equal(finding.subject, "web:w0");
  });

  test("a program that runs nevertheless will miss its file at the next start", () => {
    const finding = one(
      look(COMMAND_NOT_FOUND, host(), config("command=nope"), { programs: [status()] }),
    );
    assert.equal(finding.severity, "warning");
    assert.match(finding.symptom, /^the next start will fail: can't find command 'nope'/);
  });
});
