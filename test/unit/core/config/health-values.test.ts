// Values of health_action, health_retries and max_memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  healthActionText,
  memoryText,
  parseCount,
  parseHealthAction,
  parseMemoryLimit,
} from "../../../../src/core/config/health-values.ts";
import { fc } from "../../../property.ts";

test("actions are restart, report and signals by name or number", () => {
  assert.deepEqual(parseHealthAction("Restart"), { ok: true, value: { kind: "restart" } });
  assert.deepEqual(parseHealthAction("report"), { ok: true, value: { kind: "report" } });
  for (const text of ["signal:USR1", "signal:SIGUSR1", "signal: usr1", "SIGNAL:10"]) {
    assert.deepEqual(parseHealthAction(text), { ok: true, value: { kind: "signal", signal: 10 } });
  }
});

test("another action is refused with the value and what is allowed", () => {
  for (const text of ["", "kill", "signal", "signal:", "signal:NO", "restart now"]) {
    const parsed = parseHealthAction(text);
    assert.ok(!parsed.ok && parsed.error.includes("restart, report or signal:NAME"), text);
  }
});

test("an action is written as it is read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 31 }), (signal) => {
      const action = { kind: "signal", signal } as const;
      assert.deepEqual(parseHealthAction(healthActionText(action)), { ok: true, value: action });
    }),
  );
  assert.equal(healthActionText({ kind: "signal", signal: 10 }), "signal:USR1");
});

test("counts are whole numbers from 1 to 1000", () => {
  assert.deepEqual(parseCount("3"), { ok: true, value: 3 });
  assert.deepEqual(parseCount("1000"), { ok: true, value: 1000 });
  for (const text of ["0", "-1", "1001", "1.5", "three", "", "1e3"]) {
    assert.ok(!parseCount(text).ok, text);
  }
});

test("amounts of memory have units of 1024, and are more than 0", () => {
  assert.deepEqual(parseMemoryLimit("400MB"), { ok: true, value: 400 * 1024 ** 2 });
  assert.deepEqual(parseMemoryLimit("2 gb"), { ok: true, value: 2 * 1024 ** 3 });
  assert.deepEqual(parseMemoryLimit("4096"), { ok: true, value: 4096 });
  for (const text of ["0", "0MB", "-5MB", "lots", "", "MB", "1.5GB", "5TB", "99999999999999GB"]) {
    const parsed = parseMemoryLimit(text);
    assert.ok(!parsed.ok && parsed.error.includes("write 400MB"), text);
  }
});

test("an amount is short, and any amount of whole megabytes below a gigabyte is exact", () => {
  assert.equal(memoryText(512 * 1024 ** 2), "512MB");
  assert.equal(memoryText(1.5 * 1024 ** 3), "1.5GB");
  assert.equal(memoryText(12), "12 bytes");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1023 }), (mb) => {
      assert.equal(memoryText(mb * 1024 ** 2), `${mb}MB`);
    }),
  );
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      assert.ok(memoryText(bytes).length <= 14, memoryText(bytes));
    }),
  );
});

test("whatever is written, the answer is a value or an error, and never throws", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const parse of [parseHealthAction, parseCount, parseMemoryLimit]) parse(text);
    }),
  );
});
