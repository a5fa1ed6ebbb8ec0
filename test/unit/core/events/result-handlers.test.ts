// Handlers of results: Supervisor's own, and that of supervisor-stdout, which prints events of output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { handlerOf, RESULT_HANDLERS } from "../../../../src/core/events/result-handlers.ts";
import { DEFAULT_HANDLER, STDOUT_HANDLER } from "../../../../src/core/plugins/known.ts";
import { PoolWorld } from "./world.ts";

const HEADER = "processname:web groupname:web pid:7 channel:stdout\n";

const printer = RESULT_HANDLERS[STDOUT_HANDLER];

test("Supervisor's handler accepts only OK", () => {
  const { judge } = RESULT_HANDLERS[DEFAULT_HANDLER];
  assert.equal(judge("OK").kind, "processed");
  for (const text of ["", "ok", "OK\n", "FAIL"]) assert.equal(judge(text).kind, "rejected", text);
  assert.equal(handlerOf("other:handler"), DEFAULT_HANDLER);
});

test("each line has the process and the channel in front", () => {
  assert.deepEqual(printer.judge(`${HEADER}one`), {
    kind: "processed",
    print: "web stdout | one\n",
  });
  // As the package does it: what ends with a line end has an empty line behind it.
  assert.deepEqual(printer.judge(`${HEADER}one\ntwo\n`), {
    kind: "processed",
    print: "web stdout | one\nweb stdout | two\nweb stdout | \n",
  });
});

test("a result that is no event of output fails", () => {
  for (const text of ["", "OK", "OK\n", "a:b c\nx", "processname:web\nx"])
    assert.deepEqual(printer.judge(text), { kind: "failed" }, text);
});

function world(): PoolWorld {
  return new PoolWorld().pool("out", { handler: STDOUT_HANDLER });
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
