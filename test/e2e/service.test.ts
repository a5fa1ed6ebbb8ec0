// `tsv service`: a program in a file of its own, from a command.

import assert from "node:assert/strict";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { e2e, type Rig } from "./rig/rig.ts";

const INCLUDE = "[include]\nfiles=conf.d/*.conf\n[program:old]\ncommand=sleep 1000\n";

/** `tsv service ACTION` on the configuration of the rig. */
const service = (rig: Rig, action: string, ...words: readonly string[]) =>
  rig.verb("service", action, ...words);

e2e("a program is added with its file, and removed with it", async (rig) => {
  mkdirSync(rig.path("conf.d"));
  writeFileSync(rig.path("conf.d/a.conf"), "[template:t]\nstartsecs=0\n", { mode: 0o640 });
  await rig.startWith(INCLUDE);
  const path = rig.path("conf.d/web.conf");
  const dry = await service(rig, "add", "--dry-run", "web", "--", "sleep", "1000");
  assert.match(
    dry.stdout,
    /web\.conf would be written:\n\[program:web\]\ncommand=sleep 1000\nkill_mode=(?:cgroup|tree)\n$/,
  );
  assert.ok(!existsSync(path));
  const added = await service(
    rig,
    "add",
    "--extends",
    "t",
    "--env",
    "A=b c",
    "web",
    "--",
    "sleep",
    "1000",
  );
  assert.deepEqual([added.status, added.stderr], [0, ""]);
  assert.match(
    added.stdout,
    /web\.conf: written\nweb: added process group\nweb: (?:STARTING|RUNNING)\n$/,
  );
  assert.equal(
    readFileSync(path, "utf8"),
    '[program:web]\nextends=t\ncommand=sleep 1000\nenvironment=A="b c"\n',
  );
  assert.equal(statSync(path).mode & 0o7777, 0o640);
  const again = await service(rig, "add", "web", "--", "sleep", "1");
  assert.equal(again.status, 1);
  assert.match(again.stderr, /web exists already/);
  const kept = await service(rig, "remove", "--dry-run", "web");
  assert.match(kept.stdout, /^web would be stopped\n.*web\.conf would be removed\n$/);
  const removed = await service(rig, "remove", "--json", "web");
  const results: readonly { result: string }[] = JSON.parse(removed.stdout).results;
  assert.deepEqual(
    results.map(({ result }) => result),
    ["removed", "stopped", "removed process group"],
  );
  assert.deepEqual(readdirSync(rig.path("conf.d")), ["a.conf"]);
  const { stdout } = await rig.tsv("status", "-c", rig.path("d.conf"));
  assert.match(stdout, /^old .*\n$/);
});

e2e("secrets of a new program are not shown, and its file is for its owner only", async (rig) => {
  mkdirSync(rig.path("conf.d"));
  writeFileSync(rig.path("conf.d/a.conf"), "[program:a]\ncommand=sleep 1\n", { mode: 0o644 });
  rig.configure(INCLUDE);
  const set = ["--set", "kill_mode=tree"];
  const words = [
    ...["--env", "DB_PASSWORD=hunter2", "--env", "A=1", ...set, "web", "--", "sleep", "1000"],
  ];
  const shown =
    '[program:web]\ncommand=sleep 1000\nkill_mode=tree\nenvironment=DB_PASSWORD="<redacted>",A="1"\n';
  const dry = await service(rig, "add", "--dry-run", ...words);
  assert.equal(
    dry.stdout,
    `${rig.path("conf.d/web.conf")} would be written, with mode 0600: DB_PASSWORD is a secret\n${shown}`,
  );
  const json = await service(rig, "add", "--dry-run", "--json", ...words);
  assert.equal(JSON.parse(json.stdout).results[0].text, shown);
  const added = await service(rig, "add", ...words);
  assert.match(added.stdout, /web\.conf: written, with mode 0600: DB_PASSWORD is a secret\n/);
  assert.doesNotMatch(JSON.stringify([dry, json, added]), /hunter2/);
  assert.equal(statSync(rig.path("conf.d/web.conf")).mode & 0o7777, 0o600);
  assert.match(readFileSync(rig.path("conf.d/web.conf"), "utf8"), /DB_PASSWORD="hunter2"/);
  await service(rig, "add", "--env", "A=1", "plain", "--", "sleep", "1000");
  assert.equal(statSync(rig.path("conf.d/plain.conf")).mode & 0o7777, 0o644);
});

e2e("nothing is left of a program that the configuration would refuse", async (rig) => {
  mkdirSync(rig.path("conf.d"));
  await rig.startWith(INCLUDE);
  for (const [words, message] of [
    [["--user", "no-such-user"], /web\.conf was not written: user: Invalid user name/],
    [["--set", "health_action=restart", "--extends", "t"], /extends unknown template t/],
    [["--set", "startsec=4"], /did you mean startsecs\?/],
    [["--set", "startsecs"], /--set takes KEY=VALUE/],
    [["--env", "x"], /--env takes NAME=VALUE/],
  ] as const) {
    const { status, stdout, stderr } = await service(
      rig,
      "add",
      ...words,
      "web",
      "--",
      "sleep",
      "9",
    );
    assert.notEqual(status, 0, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr.replace(/\s+/g, " "), message);
  }
  assert.deepEqual(readdirSync(rig.path("conf.d")), []);
});

e2e("an option of the command belongs behind --", async (rig) => {
  const { status, stderr } = await rig.tsv("service", "add", "web", "node", "--port", "8000");
  assert.equal(status, 2);
  assert.match(stderr, /service has no option --port: write -- before the command/);
});

const notRoot = process.geteuid?.() === 0 ? false : "needs root";

e2e("root writes nothing where another user could change it", notRoot, async (rig) => {
  mkdirSync(rig.path("conf.d"));
  rig.write("conf.d/db.conf", "[program:db]\ncommand=sleep 1000\n");
  rig.configure(INCLUDE);
  chownSync(rig.path("conf.d"), 65534, 65534);
  for (const words of [
    ["add", "web", "--", "sleep", "9"],
    ["remove", "db"],
  ] as const) {
    const [action, ...others] = words;
    const { status, stderr } = await service(rig, action, ...others);
    assert.equal(status, 1);
    assert.match(stderr.replace(/\s+/g, " "), /conf was not (?:written|removed): .*conf\.d/);
  }
  assert.deepEqual(readdirSync(rig.path("conf.d")), ["db.conf"]);
});

e2e("what others need, or share a file with, is not removed", async (rig) => {
  mkdirSync(rig.path("conf.d"));
  rig.write("conf.d/db.conf", "[program:db]\ncommand=sleep 1000\n");
  const two = "[program:a]\ncommand=sleep 1000\ndepends_on=db\n[program:b]\ncommand=sleep 1000\n";
  rig.write("conf.d/two.conf", two);
  await rig.startWith(INCLUDE);
  const needed = await service(rig, "remove", "db");
  assert.equal(needed.status, 1);
  assert.match(needed.stderr, /db\.conf was not removed/);
  const shared = await service(rig, "remove", "b");
  assert.equal(shared.status, 1);
  assert.match(
    shared.stderr.replace(/\s+/g, " "),
    /two\.conf has other sections, too: delete its lines 4-5/,
  );
  assert.deepEqual(readdirSync(rig.path("conf.d")).sort(), ["db.conf", "two.conf"]);
  const { stdout } = await rig.tsv("status", "-c", rig.path("d.conf"));
  assert.equal(stdout.match(/ (?:RUNNING|STARTING) /g)?.length, 4, stdout);
});

e2e("without a daemon, the file waits for one", async (rig) => {
  mkdirSync(rig.path("conf.d"));
  rig.configure(INCLUDE);
  const added = await service(rig, "add", "web", "--", "sleep", "1000");
  assert.equal(added.status, 0);
  assert.match(added.stderr, /No daemon is running/);
  assert.ok(existsSync(rig.path("conf.d/web.conf")));
  assert.equal((await service(rig, "remove", "web")).status, 0);
  assert.deepEqual(readdirSync(rig.path("conf.d")), []);
});

for (const words of [
  [],
  ["add"],
  ["add", "web"],
  ["add", "a/b", "--", "x"],
  ["remove"],
  ["list"],
  ["remove", "a", "b"],
]) {
  e2e(`tsv service ${words.join(" ")} is a usage error`, async (rig) => {
    const { status, stdout, stderr } = await rig.tsv("service", ...words);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /For help: tsv service -h/);
  });
}
