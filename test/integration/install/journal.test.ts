// The journal of an installer on a real disk: one installer at a time, and what a killed one left is found and believed
// only where no other user could have written it.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createJournal } from "../../../src/install/host/journal.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

test("while one installer runs, another one is refused and the first is named", (t) => {
  const path = scratchDirectory(t);
  const first = createJournal("/", path, "tsv");
  assert.deepEqual(first.begin(), { ok: true, value: true });
  const second = createJournal("/", path, "tsv");
  const refused = second.begin();
  assert.ok(!refused.ok);
  assert.match(
    refused.error,
    new RegExp(`another tsv install \\(pid ${process.pid}\\) is running`),
  );
  assert.ok(!second.unfinished().ok);
  first.close();
  assert.equal(second.begin().ok, true);
  second.close();
  assert.equal(existsSync(join(path, ".tsv.tsv-install")), false);
});

test("a recorded step is found by the next installer, and none after the journal was closed", (t) => {
  const path = scratchDirectory(t);
  const undos = [{ kind: "remove-directory", path: "/x" }] as const;
  const killed = createJournal("/", path, "tsv");
  killed.begin();
  killed.record(undos);
  killed.record([{ kind: "remove-group", name: "tsv" }]);
  // Its lock goes with its process; here it is let go by hand.
  rmSync(join(path, ".tsv.tsv-install/lock"));
  const next = createJournal("/", path, "tsv");
  assert.equal(next.isThere, true);
  assert.deepEqual(next.unfinished(), {
    ok: true,
    value: { undos: [...undos, { kind: "remove-group", name: "tsv" }], discards: null },
  });
  next.close();
  assert.deepEqual(createJournal("/", path, "tsv").unfinished(), { ok: true, value: null });
});

test("an installer that was killed before its first change leaves nothing to roll back", (t) => {
  const path = scratchDirectory(t);
  mkdirSync(join(path, ".tsv.tsv-install"), { mode: 0o700 });
  const next = createJournal("/", path, "tsv");
  assert.deepEqual(next.unfinished(), { ok: true, value: { undos: [], discards: null } });
  next.close();
});

test("a directory that others may write to is not believed", (t) => {
  const path = scratchDirectory(t);
  const directory = join(path, ".tsv.tsv-install");
  mkdirSync(directory);
  writeFileSync(join(directory, "journal.json"), '{"undos":[],"discards":["/etc"]}');
  chmodSync(directory, 0o777);
  const next = createJournal("/", path, "tsv");
  const outcome = next.unfinished();
  assert.ok(!outcome.ok);
  assert.match(outcome.error, /is not a journal of tsv install/);
  assert.ok(!next.begin().ok);
});

test("a damaged journal is reported, and nothing is done with it", (t) => {
  const path = scratchDirectory(t);
  const directory = join(path, ".tsv.tsv-install");
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, "journal.json"), '{"undos":[{"kind"');
  const outcome = createJournal("/", path, "tsv").unfinished();
  assert.ok(!outcome.ok);
  assert.match(outcome.error, /cannot be read: .* it was damaged/);
});

test("the journal lies in the deepest directory that is there, and is found when there are more", (t) => {
  const path = scratchDirectory(t);
  const deep = join(path, "var/lib");
  const killed = createJournal("/", deep, "tsv");
  killed.begin();
  assert.ok(existsSync(join(path, ".tsv.tsv-install")));
  mkdirSync(deep, { recursive: true });
  assert.equal(createJournal("/", deep, "tsv").isThere, true);
  killed.close();
});
