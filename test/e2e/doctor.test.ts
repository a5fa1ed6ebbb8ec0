// tsv doctor by the built executable: what it says about a daemon that runs and about one that was killed, what --fix and
// --undo do, and usage errors.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, lstatSync } from "node:fs";
import { event } from "../rig/wait.ts";
import { doctor } from "./rig/doctor.ts";
import { AS_NOBODY, TSV, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const skip = withoutRoot();
/** No other test has a program of that name and command: doctor finds orphans by both. */
const PROGRAM = "[program:examined]\ncommand=sleep 1234\nstartsecs=0\n";

e2e(
  "doctor --fix removes the socket of a killed daemon once, and reports it",
  skip,
  async (rig) => {
    const daemon = await rig.startWith(PROGRAM);
    // A program holds nothing of the daemon's any more once it was started.
    await daemon.logged(/success: examined/);
    await daemon.killed();
    assert.ok(lstatSync(rig.path("d.sock")).isSocket());
    const words = ["SOCK-003", "--config", rig.path("d.conf")];
    const found = await doctor(rig, words);
    assert.equal(found.status, 1);
    assert.match(found.stdout, /SOCK-003 .*d\.sock/);
    assert.match(found.stdout, /Next: tsv doctor --config \S+ SOCK-003 --fix$/m);
    const fixed = await doctor(rig, [...words, "--fix"]);
    assert.equal(fixed.status, 0, fixed.stdout + fixed.stderr);
    assert.match(fixed.stdout, /SOCK-003 .*d\.sock: fixed/);
    assert.ok(!existsSync(rig.path("d.sock")));
    const again = await doctor(rig, [...words, "--fix"]);
    assert.match(again.stdout, /No problems found/);
    assert.doesNotMatch(again.stdout, /: fixed/);
  },
);

e2e("doctor suggests no sudo for a user's own configuration", skip, async (rig) => {
  const config = rig.write("own.conf", `[supervisord]\n${PROGRAM}stopsignal=TREM\n`);
  chmodSync(rig.directory, 0o755);
  const words = [...AS_NOBODY, TSV, "doctor", "config", "--config", config];
  assert.match((await rig.command(words)).stdout, /Next: sudo tsv doctor --config .*--fix$/m);
  chownSync(config, 65534, 65534);
  assert.match((await rig.command(words)).stdout, /Next: tsv doctor --config .*--fix$/m);
});

e2e("doctor never finds nothing wrong while the daemon of the file is dead", skip, async (rig) => {
  const daemon = await rig.startWith(PROGRAM);
  await daemon.logged(/success: examined/);
  await daemon.killed();
  const config = rig.path("d.conf");
  const { stdout } = await doctor(rig, ["--config", config, "--fix", "--yes"]);
  assert.match(stdout, /^daemon +none runs with this configuration$/m);
  assert.match(stdout, /SOCK-003 .*: fixed/);
  assert.match(stdout, /SOCK-001[\s\S]*tsv daemon -c \S+d\.conf$/m);
  assert.doesNotMatch(stdout, /No problems found/);
  const alone = await doctor(rig, ["--config", config, "binary"]);
  assert.match(alone.stdout, /No problems found.*, but no daemon runs with this configuration/);
});

e2e(
  "doctor of root takes another user's daemon of the file for what it is, and never says kill",
  skip,
  async (rig) => {
    rig.configure(PROGRAM);
    chmodSync(rig.directory, 0o777);
    const config = rig.path("d.conf");
    const child = spawn("/usr/bin/env", [...AS_NOBODY, TSV, "daemon", "-n", "-c", config], {
      stdio: "ignore",
    });
    try {
      await waitForText(rig.path("d.log"), /success: examined/);
      const found = await doctor(rig, ["--config", config]);
      assert.match(found.stdout, new RegExp(`^daemon +pid ${child.pid} of nobody$`, "m"));
      assert.doesNotMatch(found.stdout, /SOCK-008|\bkill\b/);
    } finally {
      child.kill("SIGTERM");
      await event(child, "exit");
    }
  },
);

const WRONG: readonly (readonly [string, RegExp])[] = [
  ["--fix --undo", /cannot be combined/],
  ["--yes", /--yes requires --fix or --undo/],
  ["sockets", /unknown area or code sockets/],
  ["--explain SOCK-999", /unknown area or code SOCK-999/],
  ["--fixx", /unknown option '--fixx'/],
];

e2e("tsv doctor says why a command line is a usage error", async (rig) => {
  for (const [line, said] of WRONG) {
    const { status, stderr, stdout } = await rig.tsv("doctor", ...line.split(" "));
    assert.deepEqual([status, stdout], [2, ""], line);
    assert.match(stderr, said);
  }
});

e2e("doctor --explain says what its page says, and --list has every code", async (rig) => {
  const { stdout } = await rig.tsv("doctor", "--explain", "sock-003");
  assert.match(stdout, /^SOCK-003: stale socket \(area socket\)\n\nWhat you see:\n {2}/);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
  const list = await rig.tsv("doctor", "--list");
  assert.match(list.stdout, /^SOCK-003 +socket +stale socket$/m);
});
