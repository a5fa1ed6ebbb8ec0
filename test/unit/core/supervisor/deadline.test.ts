// The index of deadlines against a naive one: a plain map that is searched each time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import { DeadlineIndex } from "../../../../src/core/supervisor/deadline.ts";
import { fc } from "../../../property.ts";

const KEYS: readonly ProcessKey[] = ["a", "b", "c", "d", "e"].map((name) => processKey("g", name));

type Action =
  | { readonly kind: "set"; readonly key: ProcessKey; readonly at: number }
  | { readonly kind: "clear"; readonly key: ProcessKey }
  | { readonly kind: "take"; readonly now: number }
  | { readonly kind: "resolve" };

const anyKey = fc.constantFrom(...KEYS);
const anyTime = fc.integer({ min: 0, max: 40 });
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("set" as const), key: anyKey, at: anyTime }),
  },
  fc.record({ kind: fc.constant("clear" as const), key: anyKey }),
  fc.record({ kind: fc.constant("take" as const), now: anyTime }),
  fc.record({ kind: fc.constant("resolve" as const) }),
);

test("the index always knows the earliest deadline that still holds", () => {
  fc.assert(
    fc.property(fc.array(anyAction, { maxLength: 400 }), (actions) => {
      const index = new DeadlineIndex();
      const truth = new Map<ProcessKey, number>();
      const current = (key: ProcessKey) => truth.get(key) ?? null;
      const naive = () => (truth.size === 0 ? null : Math.min(...truth.values()));
      for (const action of actions) {
        switch (action.kind) {
          case "set":
            truth.set(action.key, action.at);
            index.add(action.key, action.at);
            break;
          case "clear":
            truth.delete(action.key);
            break;
          case "resolve":
            assert.equal(index.earliest(current), naive());
            break;
          case "take": {
            const earliest = naive();
            const taken = index.takeDue(action.now, current);
            if (earliest === null || earliest > action.now) assert.equal(taken, null);
            else {
              assert.notEqual(taken, null);
              assert.equal(current(taken ?? processKey("", "")), earliest);
              if (taken !== null) truth.delete(taken);
            }
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("deadlines that no longer hold take no lasting room, however far away they are", () => {
  const index = new DeadlineIndex();
  const key = processKey("g", "a");
  let at = 0;
  for (let n = 0; n < 100_000; n += 1) {
    at = 1e9 - n;
    index.add(key, at);
    // The earliest always holds, so nothing stale ever comes to the top.
    assert.equal(
      index.earliest(() => at),
      at,
    );
  }
  assert.ok(index.size < 1000, `${index.size} entries for one process`);
  assert.equal(
    index.takeDue(1e9, () => at),
    key,
  );
});
