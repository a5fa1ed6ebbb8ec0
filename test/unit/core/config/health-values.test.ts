// Values of health_action, health_retries and max_memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { healthActionText, parseHealthAction } from "../../../../src/core/config/check-target.ts";
import { sizeText } from "../../../../src/core/config/quantities.ts";
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

test("an amount is short, and any amount of whole megabytes below a gigabyte is exact", () => {
  assert.equal(sizeText(512 * 1024 ** 2), "512MB");
  assert.equal(sizeText(1.5 * 1024 ** 3), "1.5GB");
  assert.equal(sizeText(12), "12 bytes");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1023 }), (mb) => {
      assert.equal(sizeText(mb * 1024 ** 2), `${mb}MB`);
    }),
  );
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      assert.ok(sizeText(bytes).length <= 14, sizeText(bytes));
    }),
  );
});
