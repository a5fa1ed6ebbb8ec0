// What a configuration that was read would change, and the values as they are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import type { GroupConfig, ProcessConfig } from "../../../../src/core/config/model.ts";
import { OPTIONS } from "../../../../src/core/config/options/table.ts";
import { planOf } from "../../../../src/core/config/plan.ts";
import type { ProcessPlan } from "../../../../src/core/config/planned.ts";
import { valueText } from "../../../../src/core/config/value-text.ts";
import { parseValue } from "../../../../src/core/config/values.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeWorld } from "./fake-world.ts";

/** The plan between two readings of groups, where the first is in force. */
function plan(
  active: readonly GroupConfig[],
  next: readonly GroupConfig[],
): readonly ProcessPlan[] {
  const inForce = new Map<ProcessKey, ProcessConfig>(
    active.flatMap((group) =>
      group.processes.map((process) => [processKey(group.name, process.name), process] as const),
    ),
  );
  return planOf(active, next, (key) => inForce.get(key) ?? null);
}

const lines = (plans: readonly ProcessPlan[]): readonly string[] =>
  plans.map(({ group, name, action, isWhole, changes }) =>
    [
      `${group}:${name} ${action}${isWhole ? " whole" : ""}`,
      ...changes.map(({ option, before, after }) => `${option} ${before}>${after}`),
    ].join("; "),
  );

const web = (changes: Partial<ProcessConfig> = {}): GroupConfig =>
  fakeGroupConfig("web", [fakeProcessConfig("web", changes)]);

test("nothing is planned for the same definition, wherever it is written", () => {
  const origin = { file: "/other", section: "program:web", line: 7 };
  assert.deepEqual(plan([web()], [web({ origin })]), []);
});

test("a plan names what is added, removed, restarted and changed, with the values of each option", () => {
  const before = fakeGroupConfig("g", [
    fakeProcessConfig("a"),
    fakeProcessConfig("b", { stopWaitSecs: 10 }),
    fakeProcessConfig("c"),
  ]);
  const after = fakeGroupConfig("g", [
    fakeProcessConfig("a", { command: "/bin/new", directory: "/srv" }),
    fakeProcessConfig("b", { stopWaitSecs: 20 }),
    fakeProcessConfig("d"),
  ]);
  assert.deepEqual(lines(plan([before, web()], [after])), [
    "web:web remove",
    "g:c remove",
    `g:a restart; command ${before.processes[0]?.command}>/bin/new; directory >/srv`,
    "g:b change; stopwaitsecs 10>20",
    "g:d add",
  ]);
});

test("variables are compared one by one, and secrets are not shown", () => {
  const before = web({
    environment: { PORT: "80", PASSWORD: "one", GONE: "x", URL: "http://u:pw@h/" },
  });
  const after = web({
    environment: { PORT: "8080", PASSWORD: "two", NEW: "y", URL: "http://u:word@h/", COPY: "s" },
    secretVariables: ["COPY"],
  });
  const [line = ""] = lines(plan([before], [after]));
  assert.match(line, /environment PORT 80>8080/);
  assert.match(line, /environment GONE x>;/);
  assert.match(line, /environment NEW >y/);
  for (const secret of ["one", "two", ":pw@", ":word@", "COPY >s"])
    assert.ok(!line.includes(secret), line);
});

test("a pool of event listeners whose events differ is replaced as a whole", () => {
  const pool = (events: readonly string[]): GroupConfig => ({
    ...web(),
    ...{ kind: "eventlistener", events, bufferSize: 10, resultHandler: "default" },
  });
  assert.deepEqual(lines(plan([pool(["TICK_5"])], [pool(["TICK_60"])])), [
    "web:* restart whole; events TICK_5>TICK_60",
    "web:web restart whole",
  ]);
  assert.deepEqual(lines(plan([pool(["TICK_5"])], [web()])), ["web:web restart whole"]);
});

test("a group that only gets another priority is not restarted", () => {
  assert.deepEqual(lines(plan([{ ...web(), priority: 1 }], [{ ...web(), priority: 2 }])), [
    "web:* change; priority 1>2",
  ]);
});

test("the text of a value is read as the same value", () => {
  const world = fakeWorld({});
  for (const { key, kind, default: usual, sample } of OPTIONS) {
    for (const text of [usual, sample]) {
      if (text === undefined || text.includes("%(")) continue;
      const value = parseValue(kind, text, world);
      if (!value.ok) continue;
      const again = parseValue(kind, valueText(kind, value.value), world);
      assert.deepEqual(again, value, `${key}=${text}`);
    }
  }
});
