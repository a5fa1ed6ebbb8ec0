// Reported states of devices.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostReport, labelsOf, readReport } from "../../../../src/core/fleet/reported.ts";

const FACTS = {
  ...{ version: "1.2.3", hostName: "pi", bootId: "b", isContended: false },
  labels: new Map([["site", "berlin"]]),
};

test("a report counts the states of processes", () => {
  const { states, daemon } = hostReport({ ...FACTS, states: ["RUNNING", "FATAL", "RUNNING"] });
  assert.deepEqual([states, daemon], [{ FATAL: 1, RUNNING: 2 }, "answers"]);
  const silent = hostReport({ ...FACTS, states: null });
  assert.deepEqual([silent.states, silent.daemon], [null, "silent"]);
});

test("a hub reads labels of any report", () => {
  const report = readReport(JSON.stringify({ host: hostReport({ ...FACTS, states: [] }) }));
  assert.deepEqual(labelsOf(report), FACTS.labels);
  for (const text of [
    "",
    "1",
    "[]",
    "{}",
    '{"host":1}',
    '{"host":{"labels":[1]}}',
    '{"host":{"labels":{"a":1}}}',
  ]) {
    assert.deepEqual(labelsOf(readReport(text)), new Map(), text);
  }
});
