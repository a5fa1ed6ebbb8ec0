// Queued starts: their order, and changes while they wait.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import type { CommandProblem } from "../../../../src/core/process/launch.ts";
import { isStartWanted } from "../../../../src/core/supervisor/model.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const [A, B, M] = ["a", "b", "m"].map((name) => processKey("g", name)) as [
  ProcessKey,
  ProcessKey,
  ProcessKey,
];
const MISSING: CommandProblem = { kind: "not-found", text: "can't find command 'a'" };

/** A daemon that has no time for starts yet. `m` has no autostart. */
function busy(): Core {
  const programs = [
    program({ name: "a" }),
    program({ name: "b" }),
    program({ name: "m", autostart: false }),
  ];
  const core = new Core();
  core.hasTime = false;
  core.post({ kind: "add-group", config: group("g", programs) });
  core.take();
  return core;
}

function settled(core: Core): readonly string[] {
  return core.take().filter((line) => line.startsWith("start of "));
}

test("an autostart begins in its turn; a client that requests the same start gets ALREADY_STARTED", () => {
  const core = busy()
    .post({ kind: "autostart", keys: [A, B] })
    .post({ kind: "start", key: A });
  core.post({ kind: "next-start" });
  assert.deepEqual([core.kind(A), core.kind(B)], ["STARTING", "STOPPED"]);
  assert.deepEqual(settled(core), ["start of g:a: already-started"]);
  assert.deepEqual([...core.state.queued.keys()], [B]);
});

test("the command of a requested start is found first, outside of the queue", () => {
  const core = busy();
  core.resolve = () => undefined;
  core.post({ kind: "start", key: M }).post({ kind: "start", key: A }).post({ kind: "next-start" });
  assert.deepEqual(core.take(), ["resolve g:m"]);
  assert.deepEqual([...core.state.resolving.keys()], [M]);
  assert.deepEqual([...core.state.queued.keys()], [A]);
  assert.equal(isStartWanted(core.state, M), true);
  core.post({ kind: "start", key: M });
  assert.deepEqual([...core.state.queued.keys()], [A], "it is wanted already");
  core.post({ kind: "resolved", key: M, problem: null });
  assert.equal(core.kind(M), "STARTING");
  assert.deepEqual(core.take().slice(-1), ["start of g:m: begun"]);
  core.post({ kind: "resolved", key: M, problem: MISSING });
  assert.deepEqual(core.take(), [], "an answer that nobody waits for");
});

test("a file that cannot be executed leaves the process as it is", () => {
  const core = busy();
  core.resolve = () => MISSING;
  core.post({ kind: "start", key: M }).post({ kind: "next-start" });
  assert.deepEqual(core.take(), ["resolve g:m", "start of g:m: not-found"]);
  assert.equal(core.kind(M), "STOPPED");
  assert.equal(isStartWanted(core.state, M), false);
});

for (const [what, look] of [
  ["waits for its turn", false],
  ["has its file looked for", true],
] as const) {
  const wanted = (): Core => {
    const core = busy();
    core.resolve = () => undefined;
    core.post({ kind: "start", key: M });
    if (look) core.post({ kind: "next-start" });
    core.take();
    return core;
  };

  test(`a stop cancels a start that ${what}`, () => {
    const core = wanted().post({ kind: "stop", key: M });
    assert.deepEqual(settled(core), ["start of g:m: cancelled"]);
    core.post({ kind: "resolved", key: M, problem: null }).post({ kind: "next-start" });
    assert.equal(core.kind(M), "STOPPED");
    assert.deepEqual(core.take(), []);
  });

  test(`a process or a group that is removed takes a start with it that ${what}`, () => {
    for (const input of [
      { kind: "remove-group", name: "g" },
      { kind: "remove-process", key: M },
    ] as const) {
      const core = wanted().post(input);
      assert.deepEqual(settled(core), ["start of g:m: removed"]);
      assert.equal(isStartWanted(core.state, M), false);
    }
  });

  test(`while everything stops, no process starts that ${what}`, () => {
    const core = wanted().post({ kind: "autostart", keys: [A] });
    core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
    assert.deepEqual([...settled(core)].sort(), [
      "start of g:a: shutting-down",
      "start of g:m: shutting-down",
    ]);
    assert.equal(core.state.queued.size + core.state.resolving.size, 0);
    core.post({ kind: "start", key: M }).post({ kind: "autostart", keys: [A] });
    assert.deepEqual(settled(core), ["start of g:m: shutting-down"]);
    assert.equal(core.state.queued.size, 0);
  });
}
