// The table of an attack.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Row, table } from "../../attack/row.ts";

const ROW: Row = {
  ...{ name: "noise", runs: 10, peakMb: 80.4, restartMs: 12, rpcMs: null, seconds: 1.25 },
  ...{ note: "5 calls timed", problem: null },
};

test("the last line is the worst of each column", () => {
  const text = table([ROW, { ...ROW, name: "a flood", restartMs: 700, rpcMs: 3, problem: "why" }]);
  assert.deepEqual(text.split("\n"), [
    "attack   runs  peak MB  restart ms  RPC ms    s",
    "noise      10       80          12          1.3  5 calls timed",
    "a flood    10       80         700       3  1.3  BROKEN, see above",
    "worst      20       80         700       3  2.5",
    "",
  ]);
});
