// What a command for many hosts came to.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnLines,
  fleetStatus,
  type HostOutcome,
  hostLine,
  rowOf,
  totalText,
} from "../../../../src/core/fleet/outcome.ts";
import { fc } from "../../../property.ts";

const ERROR = { kind: "no-answer", message: "no answer within 10 s", steps: [] } as const;

function outcome(exitStatus: number, isFailed = false, name = "a"): HostOutcome {
  const errors = isFailed ? [ERROR] : [];
  return { name, url: "http://a", exitStatus, results: [], errors };
}

test("a program that is down is an answer to status, and a failure of others", () => {
  const down = [outcome(0), outcome(3)];
  assert.equal(fleetStatus("status", down), 3);
  assert.equal(fleetStatus("restart", down), 1);
  assert.deepEqual([rowOf(outcome(3), true).ok, rowOf(outcome(3), false).ok], [true, false]);
  assert.equal(fleetStatus("status", [...down, outcome(4)]), 4);
  assert.equal(fleetStatus("status", [...down, outcome(4), outcome(4, true)]), 1);
  assert.equal(fleetStatus("run", [outcome(0), outcome(7), outcome(255, true), outcome(3)]), 255);
});

test("the total is 0 only if each host is, whatever their number and order", () => {
  const one = fc.record({ status: fc.constantFrom(0, 1, 3, 4, 7), isFailed: fc.boolean() });
  const action = fc.constantFrom("status", "restart", "apply", "logs", "run");
  fc.assert(
    fc.property(action, fc.array(one, { maxLength: 6 }), (verb, rows) => {
      const outcomes = rows.map(({ status, isFailed }) =>
        outcome(isFailed ? Math.max(1, status) : status, isFailed),
      );
      const total = fleetStatus(verb, outcomes);
      assert.equal(
        total === 0,
        outcomes.every(({ exitStatus }) => exitStatus === 0),
      );
      assert.equal(fleetStatus(verb, [...outcomes].reverse()), total);
      const isStatus = verb === "status";
      const bad = outcomes.filter((each) => !rowOf(each, isStatus).ok).length;
      assert.equal(totalText(outcomes, isStatus).includes("failed"), bad > 0);
    }),
  );
});

test("hosts that failed are named, at most five", () => {
  const failed = Array.from({ length: 7 }, (_, n) => outcome(1, true, `h${n}`));
  assert.equal(totalText(failed, false), "7 hosts, 7 failed: h0, h1, h2, h3, h4, ...");
  assert.equal(totalText([outcome(0)], false), "1 host");
  assert.deepEqual(rowOf(outcome(1, true), false).error, {
    kind: "no-answer",
    message: "no answer within 10 s",
  });
});

test("a line has its host in front, and lines below it are indented", () => {
  assert.equal(hostLine("a", 3, "one\ntwo"), "a    one\n     two");
});

test("rows have columns of equal widths, and no blanks at their ends", () => {
  const rows = [["a", "device", "joined"], ["web-1", "hub", ""], ["b"]];
  assert.deepEqual(columnLines(rows), ["a      device  joined", "web-1  hub", "b"]);
});
