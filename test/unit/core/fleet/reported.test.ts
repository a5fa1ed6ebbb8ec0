// Reported states of devices.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configurationOf,
  hostReport,
  labelsOf,
  readReport,
} from "../../../../src/core/fleet/reported.ts";

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
  const hostile = readReport('{"host":{"labels":{"a\\u001b[2J":"\\u001b]0;b"}}}');
  assert.deepEqual([...labelsOf(hostile)], [["a\\x1b[2J", "\\x1b]0;b"]]);
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

test("a hub reads what a report says of the configuration, and nothing of another form", () => {
  const configuration = {
    ...{ revision: 7, rollout: "", result: "applied", why: "" },
    at: "2026-11-27T15:50:00Z",
  };
  const of = (value: unknown) =>
    configurationOf(readReport(JSON.stringify({ configuration: value })));
  assert.deepEqual(of({ ...configuration, hash: "x" }), configuration);
  for (const wrong of [
    ...[null, 1, [], {}, { ...configuration, result: "nosuch" }],
    ...[
      { ...configuration, revision: "7" },
      { ...configuration, why: 1 },
      { ...configuration, rollout: "x".repeat(1000) },
    ],
  ]) {
    assert.equal(of(wrong), null, JSON.stringify(wrong));
  }
  const long = of({ ...configuration, why: `\u001b[2J${"x".repeat(1_000_000)}` });
  assert.match(long?.why ?? "", /^\\x1b\[2Jx{1,500}$/);
});
