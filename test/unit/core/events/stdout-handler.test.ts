// The result handler of supervisor-stdout: what is printed, and what becomes of results that are no events.

import assert from "node:assert/strict";
import { test } from "node:test";
import { prefixedLines } from "../../../../src/core/events/stdout-handler.ts";
import { PoolWorld } from "./world.ts";

const HEADER = "processname:web groupname:web pid:7 channel:stdout\n";

test("each line has the process and the channel in front", () => {
  assert.equal(prefixedLines(`${HEADER}one`), "web stdout | one\n");
  // As the package does it: what ends with a line end has an empty line behind it.
  assert.equal(
    prefixedLines(`${HEADER}one\ntwo\n`),
    "web stdout | one\nweb stdout | two\nweb stdout | \n",
  );
});

test("what is no event of output is nothing to print", () => {
  for (const text of ["", "OK", "OK\n", "a:b c\nx", "processname:web\nx"])
    assert.equal(prefixedLines(text), null, text);
});

function world(): PoolWorld {
  return new PoolWorld().pool("out", { isPrinted: true });
}

test("a result is printed, and the event is processed whatever it says", () => {
  const pool = world();
  pool.emit("x");
  const result = `${HEADER}${"y".repeat(300)}`;
  pool.say("out:out", `RESULT ${result.length}\n${result.slice(0, 50)}`);
  assert.deepEqual(pool.printed, []);
  pool.say("out:out", result.slice(50));
  assert.deepEqual(pool.printed, [`web stdout | ${"y".repeat(300)}\n`]);
  assert.deepEqual(pool.get("out").counts, { accepted: 1, processed: 1, rejected: 0, dropped: 0 });
});

test("a result that cannot be printed is an error of the listener, as in Supervisor", () => {
  const pool = world();
  pool.emit("x").say("out:out", "RESULT 2\nOK");
  assert.deepEqual(pool.printed, []);
  assert.equal(pool.get("out").listeners[0]?.phase.kind, "UNKNOWN");
  assert.equal(pool.get("out").counts.rejected, 1);
});
