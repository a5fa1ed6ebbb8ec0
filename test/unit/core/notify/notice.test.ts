// What programs say by sd_notify.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isPrintable } from "../../../../src/core/base/printable.ts";
import {
  MOST_NOTICE,
  type ProgramNotice,
  parseNotice,
} from "../../../../src/core/notify/sd-notify.ts";
import { fc } from "../../../property.ts";

const NOTHING: ProgramNotice = {
  ...{ ready: false, stopping: false, watchdog: false },
  ...{ status: null, extendMs: null },
};

const read = (text: string): ProgramNotice => parseNotice(new TextEncoder().encode(text));

test("a message may say several things, one a line", () => {
  assert.deepEqual(read("READY=1\nSTATUS=Serving 3 clients\nMAINPID=7\n"), {
    ...NOTHING,
    ready: true,
    status: "Serving 3 clients",
  });
  assert.deepEqual(read("STOPPING=1"), { ...NOTHING, stopping: true });
  assert.deepEqual(read("WATCHDOG=1"), { ...NOTHING, watchdog: true });
  assert.deepEqual(read("EXTEND_TIMEOUT_USEC=2500001"), { ...NOTHING, extendMs: 2501 });
});

test("what is unknown or wrong is skipped", () => {
  for (const text of [
    "",
    "READY",
    "READY=0",
    "READY=10",
    " READY=1",
    "=1",
    "FDSTORE=1\nFDNAME=a",
  ]) {
    assert.deepEqual(read(text), NOTHING, text);
  }
  for (const text of ["-1", "1.5", "0x10", "", "9".repeat(21)]) {
    assert.equal(read(`EXTEND_TIMEOUT_USEC=${text}`).extendMs, null, text);
  }
});

test("a status is one short printable line, and an extension is bounded", () => {
  assert.equal(read("STATUS=a\x1b[31m\tb").status, "a [31m b");
  assert.equal(Array.from(read(`STATUS=${"ä".repeat(999)}`).status ?? "").length, 200);
  assert.equal(read("EXTEND_TIMEOUT_USEC=99999999999999999999").extendMs, 365 * 24 * 3_600_000);
  const padding = `X=${"x".repeat(MOST_NOTICE)}\n`;
  assert.deepEqual(read(`${padding}READY=1`), NOTHING, "beyond what is looked at");
});

test("any bytes are read without harm", () => {
  const key = fc.constantFrom("READY=", "STATUS=", "EXTEND_TIMEOUT_USEC=", "\n", "=", "1");
  const part = fc.oneof(
    key.map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 300 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const bytes = Uint8Array.from(parts.flatMap((each) => [...each]));
      const { status, extendMs } = parseNotice(bytes);
      assert.ok(status === null || (isPrintable(status) && Array.from(status).length <= 200));
      assert.ok(extendMs === null || (Number.isSafeInteger(extendMs) && extendMs >= 0));
    }),
    { numRuns: 2000 },
  );
});
