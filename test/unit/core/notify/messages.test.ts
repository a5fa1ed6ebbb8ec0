// The words for a service manager.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countedAs,
  extendTimeout,
  failed,
  reloading,
  status,
  statusText,
} from "../../../../src/core/notify/sd-notify.ts";
import { fc } from "../../../property.ts";

const NONE = { running: 0, starting: 0, stopping: 0, failed: [] };

for (const [counts, text] of [
  [NONE, "no programs running"],
  [{ ...NONE, running: 1 }, "1 program running"],
  [{ ...NONE, running: 12, failed: ["web"] }, "12 programs running, 1 failed: web"],
  [
    { running: 2, starting: 3, stopping: 1, failed: ["a", "b:c"] },
    "2 programs running, 3 starting, 1 stopping, 2 failed: a, b:c",
  ],
  [
    { ...NONE, failed: ["a", "b", "c", "d", "e"] },
    "no programs running, 5 failed: a, b, c and others",
  ],
] as const) {
  void test(`the status says "${text}"`, () => {
    assert.equal(statusText(counts), text);
  });
}

void test("a program that is down as intended is not counted", () => {
  assert.equal(countedAs("STOPPED"), null);
  assert.equal(countedAs("EXITED"), null);
  assert.equal(countedAs("BACKOFF"), "starting");
  assert.equal(countedAs("UNKNOWN"), "failed");
});

void test("a status is one line, whatever is in it, and not endless", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (text) => {
      const line = status(text);
      assert.doesNotMatch(line, /[\n\0]/);
      assert.ok(line.length < 600);
    }),
  );
});

void test("durations and times are whole microseconds", () => {
  assert.equal(extendTimeout(1500.0001), "EXTEND_TIMEOUT_USEC=1500001");
  assert.deepEqual(reloading(12.3456), ["RELOADING=1", "MONOTONIC_USEC=12345"]);
});

void test("a failure has its reason and exit status, and an error number if there is one", () => {
  assert.deepEqual(failed("no\nway", 2, 22), [
    "STATUS=did not start: no way",
    "ERRNO=22",
    "EXIT_STATUS=2",
  ]);
  assert.deepEqual(failed("x", 2), ["STATUS=did not start: x", "EXIT_STATUS=2"]);
});
