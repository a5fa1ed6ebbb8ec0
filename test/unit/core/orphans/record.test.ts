// The record of running programs: written, read, and compared with the kernel's data.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeRecord,
  describeAge,
  encodeRecord,
  MOST_NAMED,
  orphanLines,
  orphansOf,
  type ProgramRecord,
  type RecordedProgram,
} from "../../../../src/core/orphans/record.ts";
import { fc } from "../../../property.ts";

const program: fc.Arbitrary<RecordedProgram> = fc.record(
  {
    ...{ name: fc.string({ unit: "binary" }), pid: fc.nat(), startTicks: fc.nat() },
    ...{ stopSignal: fc.nat(64), stopWaitSecs: fc.nat() },
    ...{ stopAsGroup: fc.boolean(), killAsGroup: fc.boolean() },
  },
  { noNullPrototype: true },
);

const record: fc.Arbitrary<ProgramRecord> = fc.record(
  {
    ...{ bootId: fc.string(), pid: fc.nat(), startTicks: fc.nat(), version: fc.string() },
    ...{ becoming: fc.option(fc.string()), programs: fc.array(program, { maxLength: 5 }) },
  },
  { noNullPrototype: true },
);

const CAT: RecordedProgram = {
  ...{ name: "cat", pid: 20, startTicks: 300, stopSignal: 15, stopWaitSecs: 10 },
  ...{ stopAsGroup: false, killAsGroup: false },
};
const BEFORE: ProgramRecord = {
  ...{ bootId: "b", pid: 10, startTicks: 100, version: "1.0.0", becoming: null },
  programs: [CAT, { ...CAT, name: "dog", pid: 21, startTicks: 301 }],
};

const table = (bootId: string, starts: Readonly<Record<number, number>>) => ({
  bootId,
  startTicks: (pid: number) => starts[pid] ?? null,
});

test("a record is read as it was written", () => {
  fc.assert(
    fc.property(record, (value) => assert.deepEqual(decodeRecord(encodeRecord(value)), value)),
  );
});

test("a text that is not a record, or is truncated, is no record and throws nothing", () => {
  for (const text of ["", "{}", "null", "[]", '{"format":2}', '{"format":1,"programs":7}', "\0"]) {
    assert.equal(decodeRecord(text), null, text);
  }
  fc.assert(
    fc.property(record, fc.nat(), (value, at) => {
      const text = encodeRecord(value);
      assert.equal(decodeRecord(text.slice(0, at % (text.length - 1))), null);
    }),
  );
  fc.assert(fc.property(fc.json(), (text) => void decodeRecord(text)));
});

test("an orphan has the same id and start, in the same boot, and its daemon is gone", () => {
  const names = (bootId: string, starts: Readonly<Record<number, number>>) =>
    orphansOf(BEFORE, table(bootId, starts)).map(({ name }) => name);
  assert.deepEqual(names("b", { 20: 300, 21: 301 }), ["cat", "dog"]);
  assert.deepEqual(names("b", { 20: 300, 21: 999 }), ["cat"], "another process has that id by now");
  assert.deepEqual(names("b", { 10: 555, 20: 300 }), ["cat"], "as has the daemon's");
  assert.deepEqual(names("other", { 20: 300, 21: 301 }), [], "after a reboot");
  assert.deepEqual(names("b", { 10: 100, 20: 300 }), [], "that daemon lives");
  assert.deepEqual(names("b", {}), []);
});

test("the log names each one, its age and the action", () => {
  assert.deepEqual(orphanLines(BEFORE, [CAT], "warn", 7203), [
    "the previous daemon (tsv 1.0.0, pid 10) ended without stopping its programs, and 1 program of it still runs: " +
      "they are not stopped, and this daemon starts its own; to stop them: orphans=stop in [supervisord]",
    "orphan 'cat' with pid 20, up 2 h 0 min; to stop it: kill 20",
  ]);
  const replaced = { ...BEFORE, becoming: "tsv 2.0.0 (/usr/bin/tsv)" };
  assert.deepEqual(orphanLines(replaced, BEFORE.programs, "stop", 8), [
    "the previous daemon (tsv 1.0.0, pid 10) ended during or right after the upgrade to tsv 2.0.0 (/usr/bin/tsv), " +
      "without stopping its programs, and 2 programs of it still run: stopping before anything is started (orphans=stop)",
    "orphan 'cat' with pid 20, up 5 s",
    "orphan 'dog' with pid 21, up 4 s",
  ]);
  assert.deepEqual(orphanLines(BEFORE, [], "warn", 0), []);
  const many = Array.from({ length: MOST_NAMED + 5 }, () => CAT);
  assert.equal(orphanLines(BEFORE, many, "warn", 8).at(-1), "and 5 more orphans");
});

test("ages have at most two units", () => {
  const ages = [-1, 59, 60, 3599, 3600, 86_399, 86_400, 1e7].map(describeAge);
  assert.deepEqual(ages, [
    "0 s",
    "59 s",
    "1 min",
    "59 min",
    "1 h 0 min",
    "23 h 59 min",
    "1 d 0 h",
    "115 d 17 h",
  ]);
});
