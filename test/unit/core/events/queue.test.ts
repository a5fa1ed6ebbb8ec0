// The queue that is a value, against a plain array.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  emptyQueue,
  pushed,
  type Queue,
  queueHead,
  queueItems,
  shifted,
  unshifted,
} from "../../../../src/core/events/queue.ts";
import { fc } from "../../../property.ts";

test("it behaves like an array, and earlier queues stay unchanged", () => {
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 200 }) }) },
    { weight: 3, arbitrary: fc.record({ shift: fc.integer({ min: 1, max: 250 }) }) },
    { weight: 1, arbitrary: fc.constant({ unshift: 1 } as const) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      let queue: Queue<number> = emptyQueue();
      let model: number[] = [];
      let next = 0;
      const before: (readonly [Queue<number>, readonly number[]])[] = [];
      for (const each of actions) {
        before.push([queue, [...model]]);
        if ("push" in each) {
          for (let n = 0; n < each.push; n += 1) {
            queue = pushed(queue, next);
            model = [...model, next++];
          }
        } else if ("shift" in each) {
          for (let n = 0; n < each.shift; n += 1) {
            queue = shifted(queue);
            model = model.slice(1);
          }
        } else {
          queue = unshifted(queue, next);
          model = [next++, ...model];
        }
        assert.deepEqual(queueItems(queue), model);
        assert.equal(queue.length, model.length);
        assert.equal(queueHead(queue), model[0]);
      }
      for (const [old, items] of before) assert.deepEqual(queueItems(old), items);
    }),
    { numRuns: 100 },
  );
});

test("removed items are not kept", () => {
  let queue: Queue<number> = emptyQueue();
  for (let n = 0; n < 5000; n += 1) {
    queue = pushed(queue, n);
    if (n >= 10) queue = shifted(queue);
  }
  assert.equal(queue.length, 10);
  assert.ok(JSON.stringify(queue).split("item").length <= 11);
});
