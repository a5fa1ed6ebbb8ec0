// Who is started first and who is stopped with whom.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupConfig } from "../../../../src/core/config/model.ts";
import { groupsInStartOrder, stopWaves } from "../../../../src/core/supervisor/shutdown.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

function stateOf(...groups: readonly GroupConfig[]) {
  const core = new Core();
  for (const config of groups) core.post({ kind: "add-group", config });
  return core.state;
}

const waves = (...groups: readonly GroupConfig[]) =>
  stopWaves(stateOf(...groups)).map((wave) => [...wave]);

test("groups start by ascending priority, then by name in code point order", () => {
  const state = stateOf(
    group("b", [], 5),
    group("a", [], 5),
    group("Z", [], 5),
    group("c", [], 1),
    group("é", [], 5),
    group("\u{1f600}", [], 5),
    group("\uffff", [], 5),
  );
  assert.deepEqual(
    groupsInStartOrder(state).map((g) => g.config.name),
    ["c", "Z", "a", "b", "é", "\uffff", "\u{1f600}"],
  );
});

test("inside a group the higher priority is stopped first, of equals the later definition", () => {
  const members = [
    program({ name: "one", priority: 1 }),
    program({ name: "two", priority: 9 }),
    program({ name: "three", priority: 9 }),
    program({ name: "four", priority: 5 }),
  ];
  assert.deepEqual(waves(group("g", members)), [["g:three", "g:two", "g:four", "g:one"]]);
});

test("a name that is defined twice in a group is one process, by its last definition", () => {
  const twice = [program({ name: "x", command: "/old" }), program({ name: "x", command: "/new" })];
  const state = stateOf(group("g", twice));
  assert.deepEqual(
    stopWaves(state).map((w) => [...w]),
    [["g:x"]],
  );
  assert.equal([...state.processes.values()][0]?.config.command, "/new");
});
