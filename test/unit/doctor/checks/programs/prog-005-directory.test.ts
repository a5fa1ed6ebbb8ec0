// PROG-005 on hosts in memory: working directories as the program's user finds them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DIRECTORY } from "../../../../../src/doctor/checks/programs/surroundings.ts";
import { bareSteps } from "../../../../fakes/doctor-repairs.ts";
import { config, host, look, one, status } from "./rig.ts";

const check = (made: ReturnType<typeof host>, ...lines: readonly string[]) =>
  look(DIRECTORY, made, config("command=sleep 5", ...lines));

describe("PROG-005", () => {
  test("a missing directory may be made for the program's user, with the one above it", () => {
    const finding = one(check(host().directory("/srv"), "directory=/srv/app/run", "user=pi"));
    assert.equal(finding.symptom, "couldn't chdir to /srv/app/run: ENOENT");
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => step),
      [
        {
          kind: "directory",
          isNew: true,
          path: "/srv/app",
          mode: 0o755,
          owner: { user: "root", group: "root" },
        },
        {
          kind: "directory",
          isNew: true,
          path: "/srv/app/run",
          mode: 0o755,
          owner: { user: "pi", group: "pi" },
        },
      ],
    );
  });

  test("a completely missing path, or a dangling symlink, is not fixed by creating it", () => {
    assert.equal(one(check(host(), "directory=/a/b/c/d")).repair.class, "C");
    const made = host().link("/opt/current", "/opt/releases/7");
    assert.equal(one(check(made, "directory=/opt/current")).repair.class, "C");
  });

  test("a directory that is root's alone may be opened to the program's group", () => {
    const made = host().directory("/srv/app", { mode: 0o700 });
    const finding = one(check(made, "directory=/srv/app", "user=pi"));
    assert.match(
      finding.evidence.join("\n"),
      /\/srv\/app is root:root 0700; pi has no search \(x\) permission/,
    );
    assert.deepEqual(bareSteps(finding), [
      { kind: "own", path: "/srv/app", uid: 0, gid: 1000, mode: 0o750 },
    ]);
  });

  test("another user's directory, and root's home, are never opened", () => {
    const made = host().directory("/home/pi", { mode: 0o700, uid: 1000, gid: 1000 });
    const finding = one(check(made, "directory=/home/pi", "user=www-data"));
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.commands, ["setfacl -m u:www-data:x /home/pi"]);
    const root = host().directory("/root", { mode: 0o700 });
    assert.equal(one(check(root, "directory=/root", "user=pi")).repair.class, "C");
  });

  test("nothing is opened or made where a link leads that others can change", () => {
    const made = host()
      .directory("/srv/app", { uid: 33, gid: 33 })
      .directory("/root/private", { mode: 0o700 })
      .link("/srv/app/in", "/root/private")
      .link("/srv/app/etc", "/etc");
    for (const directory of ["/srv/app/in", "/srv/app/etc/cron.d"]) {
      const { repair } = one(check(made, `directory=${directory}`, "user=www-data"));
      assert.equal(repair.class, "C");
      assert.deepEqual(repair.commands, [`namei -l ${directory}`]);
    }
  });

  test("no directory is made for quotes, or for a comment without a blank before it", () => {
    assert.deepEqual(check(host(), "directory='/tmp'"), []);
    assert.deepEqual(check(host(), "directory=/tmp;here"), []);
  });

  test("a file is no directory", () => {
    assert.match(one(check(host().file("/opt/x"), "directory=/opt/x")).symptom, /ENOTDIR/);
  });

  test("directories that the user can enter are healthy, and so is none at all", () => {
    const made = host().directory("/srv/app", { mode: 0o750, gid: 33 });
    assert.deepEqual(check(made, "directory=/srv/app", "user=www-data"), []);
    assert.deepEqual(check(made, "directory=/srv/app"), []);
    assert.deepEqual(check(made), []);
  });

  test("an access control list that lets the user in is believed, and so is a program that runs", () => {
    const made = host().directory("/srv/app", { mode: 0o700, uid: 33 });
    assert.equal(check(made, "directory=/srv/app", "user=pi").length, 1);
    const text = config("command=sleep 5", "directory=/srv/app", "user=pi");
    assert.deepEqual(look(DIRECTORY, made, text, { programs: [status()] }), []);
    const asked = "setpriv --reuid=1000 --regid=1000 --groups=1000 test -x /srv/app";
    made.answers.set(asked, { status: 0, output: "" });
    assert.deepEqual(check(made, "directory=/srv/app", "user=pi"), []);
  });
});
