// /proc/PID/smaps_rollup: the part of shared pages that counts for a process.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePss } from "../../../../src/core/usage/program-usage.ts";
import { fc } from "../../../property.ts";

const ROLLUP = `55d0a0000000-7ffd0e0e1000 ---p 00000000 00:00 0                          [rollup]
Rss:               12000 kB
Pss:                1234 kB
Pss_Anon:            900 kB
Shared_Clean:       9000 kB
`;

test("the line of Pss counts, in bytes", () => {
  assert.equal(parsePss(ROLLUP), 1234 * 1024);
  assert.equal(parsePss(""), null);
  assert.equal(parsePss("Pss_Anon: 5 kB\n"), null);
});

test("any text is a number or nothing", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bytes = parsePss(text);
      assert.ok(bytes === null || bytes >= 0);
    }),
  );
});
