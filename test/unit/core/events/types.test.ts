// The tree of types, and the types that a subscription covers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EVENT_PARENTS, EVENT_TYPES, subscribedTypes } from "../../../../src/core/events/types.ts";
import { NOTICE_TYPES } from "../../../../src/core/process/model.ts";

test("a subscription to a parent covers only the types below it", () => {
  assert.deepEqual([...subscribedTypes(["TICK"])], ["TICK", "TICK_5", "TICK_60", "TICK_3600"]);
  assert.deepEqual([...subscribedTypes(["TICK_60"])], ["TICK_60"]);
  assert.equal(subscribedTypes(["EVENT"]).size, EVENT_TYPES.length - NOTICE_TYPES.length);
  assert.equal(subscribedTypes(["NOTHING"]).size, 0);
  assert.deepEqual([...subscribedTypes(["READY"])], ["READY"]);
  assert.deepEqual([...subscribedTypes(["PROCESS_LOG", "PROCESS_COMMUNICATION_STDERR"])].sort(), [
    "PROCESS_COMMUNICATION_STDERR",
    "PROCESS_LOG",
    "PROCESS_LOG_STDERR",
    "PROCESS_LOG_STDOUT",
  ]);
});

test("parents come before their children, as subscribing needs", () => {
  for (const [index, type] of EVENT_TYPES.entries()) {
    const parent = EVENT_PARENTS[type];
    assert.ok(parent === null || EVENT_TYPES.indexOf(parent) < index, type);
  }
});

test("there are 32 types (event-notices)", () => {
  assert.equal(EVENT_TYPES.length, 32);
});
