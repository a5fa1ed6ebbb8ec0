// Handling of uncaught errors, and the number of log lines about them.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ErrorState,
  errorOrigin,
  judgeError,
  MOST_RENEWALS,
  MOST_REPORTS,
  NO_ERRORS,
  RENEWAL_WINDOW_MS,
} from "../../../../src/core/uncaught-errors/uncaught-error.ts";
import { fc } from "../../../property.ts";

const OWN = "Error: oh\n    at f (tsv:1:2)\n    at node:internal/timers:5:6";
const MODULE = "Error: oh\n    at Timeout.tick (/opt/app/module.cjs:3:4)\n    at tsv:1:2";

test("an error belongs to the module that is in its stack, else to tsv, else to Node", () => {
  assert.equal(errorOrigin(OWN, "tsv"), "own");
  assert.equal(errorOrigin("Error: oh\n    at async tsv:1:2", "tsv"), "own");
  assert.equal(errorOrigin(MODULE, "tsv"), "module");
  assert.equal(errorOrigin("Error\n    at async Object.f (file:///a/b.mjs:1:2)", "tsv"), "module");
  assert.equal(errorOrigin("Error: read ECONNRESET\n    at TCP.x (node:net:1:2)", "tsv"), "node");
  assert.equal(errorOrigin("a string that was thrown", "tsv"), "node");
  const none = "Error: oh\n    at new Promise (<anonymous>)\n    at x (tsv:1:2)";
  assert.equal(errorOrigin(none, "tsv"), "own");
});

test("a module's error changes nothing; tsv's own errors cause a fresh copy, three times an hour", () => {
  const action = (origin: "own" | "module" | "node", renewals: readonly number[], now: number) =>
    judgeError(NO_ERRORS, OWN, origin, renewals, now).action;
  assert.equal(action("module", [], 0), "continue");
  assert.equal(action("node", [], 0), "continue");
  assert.equal(action("own", [], 0), "renew");
  assert.equal(action("own", [1, 2], 3), "renew");
  assert.equal(action("own", [1, 2, 3], 4), "degraded");
  assert.equal(action("own", [1, 2, 3], RENEWAL_WINDOW_MS), "degraded");
  assert.equal(action("own", [1, 2, 3], RENEWAL_WINDOW_MS + 1), "renew");
});

test("however errors come, there are never more fresh copies within an hour", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: RENEWAL_WINDOW_MS / 2 }), { maxLength: 60 });
  fc.assert(
    fc.property(gaps, (all) => {
      let now = 0;
      const renewals: number[] = [];
      for (const gap of all) {
        now += gap;
        if (judgeError(NO_ERRORS, OWN, "own", renewals, now).action === "renew") renewals.push(now);
      }
      for (const at of renewals) {
        const within = renewals.filter((each) => each >= at && each < at + RENEWAL_WINDOW_MS);
        assert.ok(within.length <= MOST_RENEWALS);
      }
    }),
  );
});

test("the same stack is logged once, and its count once a minute", () => {
  let state: ErrorState = NO_ERRORS;
  const texts: (string | null)[] = [];
  const note = (stack: string, now: number): void => {
    const verdict = judgeError(state, stack, "module", [], now);
    state = verdict.state;
    texts.push(verdict.text);
  };
  note(MODULE, 0);
  note(MODULE.replace("oh", "oh 2"), 10);
  note(MODULE, 59_999);
  note(MODULE, 60_000);
  assert.deepEqual(texts, [
    `uncaught error: ${MODULE}`,
    null,
    null,
    "uncaught error, 4 times so far (2 since the last report not logged): Error: oh",
  ]);
});

test("ever new stacks are neither all logged nor all remembered", () => {
  let state: ErrorState = NO_ERRORS;
  let told = 0;
  for (let n = 0; n < 1000; n += 1) {
    const stack = `Error: oh\n    at f${n} (/opt/app.cjs:${n}:1)\n${"    at g (/opt/app.cjs:1:1)\n".repeat(500)}`;
    const verdict = judgeError(state, stack, "module", [], n);
    state = verdict.state;
    if (verdict.text !== null) told += 1;
    assert.ok((verdict.text ?? "").length < 4200);
  }
  assert.equal(told, MOST_REPORTS);
  assert.ok(state.seen.size <= 100);
  assert.ok([...state.seen.keys()].every((key) => key.length <= 4000));
});
