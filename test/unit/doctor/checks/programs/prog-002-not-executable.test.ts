// PROG-002 on hosts in memory: files that the daemon cannot execute, and those that only the program's user cannot.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOT_EXECUTABLE } from "../../../../../src/doctor/checks/programs/command.ts";
import { bareSteps } from "../../../../fakes/doctor-repairs.ts";
import { config, host, look, one, status } from "./rig.ts";

const check = (made: ReturnType<typeof host>, ...lines: readonly string[]) =>
  look(NOT_EXECUTABLE, made, config(...lines));

describe("PROG-002", () => {
  test("a script without its x bit may be given it, for those who may read it", () => {
    const made = host().file("/opt/run.sh", "#!/bin/sh\n", { mode: 0o640, uid: 1000, gid: 1000 });
    const finding = one(check(made, "command=/opt/run.sh"));
    assert.equal(finding.symptom, "command at '/opt/run.sh' is not executable");
    assert.deepEqual(finding.repair.commands, ["chmod 0750 /opt/run.sh"]);
    assert.deepEqual(bareSteps(finding), [
      { kind: "own", path: "/opt/run.sh", uid: 1000, gid: 1000, mode: 0o750 },
    ]);
    assert.equal(finding.repair.class, "B");
  });

  test("no file gets a set-id bit, and what the step changes has to be what was seen", () => {
    const ids = { uid: 1000, gid: 1000, device: 7, inode: 42 };
    const made = host().file("/opt/run", "\x7fELF", { mode: 0o6640, ...ids });
    const [planned] = one(check(made, "command=/opt/run")).repair.steps;
    assert.ok(planned?.step.kind === "own");
    assert.equal(planned.step.mode, 0o750);
    assert.deepEqual(planned.step.seen, { kind: "file", mode: 0o6640, ...ids });
  });

  test("a link that is put there between two looks leads root nowhere", () => {
    const made = host()
      .directory("/srv/app", { uid: 33, gid: 33 })
      .file("/etc/secret", "#!/bin/sh\n", { mode: 0o600 })
      .file("/srv/app/run", "#!/bin/sh\n", { mode: 0o600, uid: 33, gid: 33 });
    // The system follows the link, and whoever looks for links finds the file again.
    made.realPath = (path) => (path === "/srv/app/run" ? "/etc/secret" : path);
    const { repair } = one(check(made, "command=/srv/app/run"));
    assert.deepEqual(
      repair.steps.map(({ step }) => ("path" in step ? step.path : null)),
      repair.steps.map(() => "/srv/app/run"),
    );
  });

  test("the file behind a link is the one that gets it, never the link", () => {
    const made = host().file("/srv/7/run.sh", "#!/bin/sh\n").link("/opt/run.sh", "/srv/7/run.sh");
    const [planned] = one(check(made, "command=/opt/run.sh")).repair.steps;
    assert.ok(planned?.step.kind === "own");
    assert.equal(planned.step.path, "/srv/7/run.sh");
  });

  test("the target of a symlink that others can change is not changed, also in commands", () => {
    const made = host()
      .directory("/srv/app", { uid: 33, gid: 33 })
      .file("/etc/secret", "#!/bin/sh\n", { mode: 0o600 })
      .file("/etc/other", "#!/bin/sh\n", { mode: 0o700 })
      .link("/srv/app/run", "/etc/secret")
      .link("/srv/app/other", "/etc/other");
    for (const lines of [["command=/srv/app/run"], ["command=/srv/app/other", "user=www-data"]]) {
      const { repair } = one(check(made, ...lines));
      assert.equal(repair.class, "C");
      assert.deepEqual(repair.steps, []);
      assert.match(repair.commands.join("\n"), /^namei -l \/srv\/app\/\w+$/);
      assert.match(repair.advice, /users other than root can change this symlink/);
    }
  });

  test("behind a link of root's the file is the one that the group is let into", () => {
    const made = host()
      .file("/srv/7/run", "\x7fELF", { mode: 0o700 })
      .link("/opt/run", "/srv/7/run");
    const { repair } = one(check(made, "command=/opt/run", "user=pi"));
    assert.deepEqual(repair.commands, ["chgrp pi /srv/7/run", "chmod 0750 /srv/7/run"]);
    assert.deepEqual(bareSteps({ repair }), [
      { kind: "own", path: "/srv/7/run", uid: 0, gid: 1000, mode: 0o750 },
    ]);
  });

  test("a directory is reported as one, and not changed", () => {
    const finding = one(check(host().directory("/opt/app"), "command=/opt/app"));
    assert.equal(finding.symptom, "command at '/opt/app' is a directory");
    assert.equal(finding.repair.class, "C");
  });

  test("a file system that is mounted noexec is named with its mount point", () => {
    const made = host().mount("/srv", { options: ["rw", "noexec"], type: "vfat" });
    made.file("/srv/run", "\x7fELF", { mode: 0o755 });
    const finding = one(check(made, "command=/srv/run"));
    assert.equal(finding.symptom, "no permission to run command '/srv/run'");
    assert.match(finding.evidence.join("\n"), /\/srv \(vfat\) has the option noexec/);
    assert.equal(finding.repair.class, "C");
  });

  test("for a program's user without access to root's home, commands are shown and nothing is opened", () => {
    const made = host()
      .directory("/root", { mode: 0o700 })
      .file("/root/app", "\x7fELF", { mode: 0o755 });
    const finding = one(check(made, "command=/root/app", "user=pi"));
    assert.match(finding.symptom, /^couldn't exec \/root\/app: EACCES/);
    assert.match(
      finding.evidence.join("\n"),
      /\/root is root:root 0700; pi has no search \(x\) permission/,
    );
    assert.equal(finding.repair.class, "C");
  });

  test("a path of root alone is opened to the group of the program, and to no other", () => {
    const made = host()
      .directory("/opt/app", { mode: 0o700 })
      .file("/opt/app/run", "\x7fELF", { mode: 0o755 });
    const finding = one(check(made, "command=/opt/app/run", "user=pi"));
    assert.deepEqual(bareSteps(finding), [
      { kind: "own", path: "/opt/app", uid: 0, gid: 1000, mode: 0o750 },
    ]);
  });

  test("programs that all users can execute, and root's programs run by root, are healthy", () => {
    const made = host().file("/opt/own", "\x7fELF", { mode: 0o700 });
    assert.deepEqual(check(made, "command=python3 x", "user=pi"), []);
    assert.deepEqual(check(made, "command=/opt/own"), []);
    assert.deepEqual(check(made, "command=nope"), [], "which is another check's");
  });

  test("an access control list that lets the user in is believed, and so is a program that runs", () => {
    const made = host()
      .directory("/opt/app", { mode: 0o700 })
      .file("/opt/app/run", "\x7fELF", { mode: 0o755 });
    const text = config("command=/opt/app/run", "user=pi");
    assert.deepEqual(look(NOT_EXECUTABLE, made, text, { programs: [status()] }), []);
    const asked = "setpriv --reuid=1000 --regid=1000 --groups=1000 test -x /opt/app/run";
    made.answers.set(asked, { status: 0, output: "" });
    assert.deepEqual(look(NOT_EXECUTABLE, made, text), []);
  });
});
