// One run of --fix: retries, repairs that are no longer offered, and the outcome of each finding.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CodedFinding, Diagnosis } from "../../../../src/doctor/model.ts";
import { Attempts } from "../../../../src/doctor/repairs/attempts.ts";

function finding(code: string, more: Partial<CodedFinding> = {}): CodedFinding {
  const step = { kind: "remove-stale", path: "/x" } as const;
  return {
    code,
    area: "socket",
    follows: [],
    severity: "error",
    subject: "/x",
    symptom: "",
    cause: "",
    evidence: [],
    place: null,
    repair: {
      class: "A",
      advice: "Do it",
      commands: ["do it"],
      steps: [{ step, now: "", will: "", edited: null, mayFail: false }],
    },
    ...more,
  };
}

function looked(...findings: readonly CodedFinding[]): Diagnosis {
  return { findings, unknown: [], skipped: [], checked: [] };
}

const START = finding("SOCK-001");
const LIMIT = finding("BOOT-008");

describe("a repair that failed", () => {
  test("is tried again once another one was done, and not before", () => {
    const attempts = new Attempts();
    attempts.tried(START, "it exited");
    assert.ok(!attempts.isWorthIt(START));
    attempts.tried(LIMIT, null);
    assert.ok(attempts.isWorthIt(START));
    attempts.tried(START, "it exited again");
    assert.ok(!attempts.isWorthIt(START));
    assert.ok(!attempts.isWorthIt(LIMIT), "what was done is not done twice");
  });

  test("is not offered any more, and its reason is quoted", () => {
    const attempts = new Attempts();
    attempts.tried(START, "option --loglevl\n not recognized");
    const { diagnosis, outcomes } = attempts.resultOf([START], looked(START));
    const [left] = diagnosis.findings;
    assert.deepEqual(left?.repair.steps, []);
    assert.match(left?.evidence.join() ?? "", /it failed: option --loglevl not recognized/);
    const reason = "option --loglevl\n not recognized";
    assert.deepEqual(outcomes, [{ finding: START, outcome: "failed", reason }]);
  });
});

test("one that was declined is not asked for again, and stays on offer", () => {
  const attempts = new Attempts();
  attempts.declined(START);
  attempts.tried(LIMIT, null);
  assert.ok(!attempts.isWorthIt(START));
  const { diagnosis, outcomes } = attempts.resultOf([START], looked(START));
  assert.equal(diagnosis.findings[0]?.repair.steps.length, 1);
  assert.equal(outcomes[0]?.outcome, "not fixed");
});

describe("a repair that was done", () => {
  const done = (): Attempts => {
    const attempts = new Attempts();
    attempts.tried(LIMIT, null);
    return attempts;
  };

  test("has fixed what is gone, and what is only worth knowing now", () => {
    const remark = { ...LIMIT, severity: "info" } as const;
    assert.equal(done().resultOf([LIMIT], looked()).outcomes[0]?.outcome, "fixed");
    assert.equal(done().resultOf([LIMIT], looked(remark)).outcomes[0]?.outcome, "fixed");
  });

  test("has left what is still found, whatever its repair is now", () => {
    const other = { ...LIMIT, repair: { ...LIMIT.repair, advice: "Reboot" } };
    assert.equal(done().resultOf([LIMIT], looked(other)).outcomes[0]?.outcome, "still there");
  });
});
