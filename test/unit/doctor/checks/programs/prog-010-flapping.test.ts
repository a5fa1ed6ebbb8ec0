// PROG-010 on hosts in memory: crashes that the remembered runs give away.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FLAPPING } from "../../../../../src/doctor/checks/programs/failures.ts";
import { config, history, host, look, NOW_S, one, run } from "./rig.ts";

const TEXT = config("command=sleep 5");
const crash = (secondsAgo: number, changes = {}) =>
  run({ ending: "exited", end: NOW_S - secondsAgo, upMs: 120_000, ...changes });

describe("PROG-010", () => {
  const check = (runs: readonly ReturnType<typeof run>[], changes = {}) =>
    look(FLAPPING, host(), TEXT, { histories: [history(runs, { state: "RUNNING", ...changes })] });

  test("five unexpected ends within an hour are too many", () => {
    const finding = one(
      check(
        [100, 200, 300, 400, 500].map((ago) => crash(ago)),
        { total: 812 },
      ),
    );
    assert.equal(finding.severity, "warning");
    assert.match(finding.symptom, /812 runs have ended/);
    assert.match(finding.evidence.join("\n"), /after 120 s: exit status 1/);
    assert.deepEqual(finding.repair.commands, ["tsv why web"]);
  });

  test("ends that are meant count when the program did not live for a minute", () => {
    const meant = { expected: true, exitStatus: 0 };
    assert.equal(
      check([1, 2, 3, 4, 5].map((ago) => crash(ago, { ...meant, upMs: 1500 }))).length,
      1,
    );
    assert.deepEqual(check([1, 2, 3, 4, 5].map((ago) => crash(ago, meant))), []);
  });

  test("runs of a schedule follow each other as they should", () => {
    const due = { cause: "schedule", expected: true, exitStatus: 0, upMs: 1500 };
    assert.deepEqual(check([1, 2, 3, 4, 5].map((ago) => crash(ago, due))), []);
  });

  test("four, old ones, stops on request and failed starts are something else", () => {
    assert.deepEqual(check([1, 2, 3, 4].map((ago) => crash(ago))), []);
    assert.deepEqual(check([1, 2, 3, 4, 3601].map((ago) => crash(ago))), []);
    assert.deepEqual(check([1, 2, 3, 4, 5].map((ago) => crash(ago, { ending: "stopped" }))), []);
    assert.deepEqual(check([1, 2, 3, 4, 5].map((ago) => crash(ago, { ending: "too-early" }))), []);
  });
});
