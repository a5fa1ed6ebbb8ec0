// The changes of a step are invisible until the step is complete.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { NEVER_STARTED } from "../../../../src/core/process/model.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import { Draft } from "../../../../src/core/supervisor/draft.ts";
import { initialState, type ProcessRecord } from "../../../../src/core/supervisor/model.ts";
import { step } from "../../../../src/core/supervisor/step.ts";
import { at, group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const KEY = processKey("g", "a");
const RECORD: ProcessRecord = {
  key: KEY,
  group: "g",
  config: program(),
  state: NEVER_STARTED,
  runs: NO_RUNS,
  exit: null,
};

test("a draft sees its own changes over the old state, and the old state sees none", () => {
  const base = {
    ...initialState(),
    processes: new Map([[KEY, RECORD]]),
    pids: new Map([[7, KEY]]),
  };
  const draft = new Draft(
    base,
    at(0),
    () => 0,
    () => assert.fail(),
  );
  draft.processes.set(KEY, null);
  draft.pids.set(7, null);
  draft.pids.set(8, KEY);
  draft.daemonState = "SHUTDOWN";
  assert.equal(draft.processes.get(KEY), null);
  assert.equal(draft.pids.get(7), null);
  assert.equal(draft.pids.get(8), KEY);
  assert.equal(base.processes.get(KEY), RECORD);
  assert.deepEqual([...base.pids], [[7, KEY]]);
  assert.equal(base.daemonState, "RUNNING");
});

test("a patch contains only the changes", () => {
  const draft = new Draft(
    initialState(),
    at(0),
    () => 0,
    () => assert.fail(),
  );
  draft.groups.set("g", null);
  const { patch } = draft.finish();
  assert.deepEqual(patch.groups, new Map([["g", null]]));
  assert.equal(patch.processes, null);
});

test("a throw in the middle of a step leaves the state as it was", () => {
  const core = new Core().post({ kind: "add-group", config: group("g", [program({ name: "a" })]) });
  core.post({ kind: "start", key: KEY });
  const before = core.state;
  const copy = structuredClone({ ...before });
  assert.throws(
    () => step(before, { kind: "spawned", key: KEY, pid: 4711 }, at(5), () => 0),
    /internal error/,
  );
  assert.deepEqual({ ...before }, copy, "the pid that was noted before the throw is nowhere");
  assert.equal(before.pids.has(4711), false);
});
