// With kill_mode=tree and cgroup, an exit counts when what the process left is ended, but as of the time at which it exited.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const A = "g:a" as ProcessKey;

/** A process that was started at 0, exits with 1, and whose leftovers are ended later. */
function leaving(exitsAt: number, endedAt: number, changes: Partial<ProcessConfig>): Core {
  const config = group("g", [program({ name: "a", killMode: "tree", ...changes })]);
  const core = new Core().post({ kind: "add-group", config }).post({ kind: "start", key: A });
  if (exitsAt >= 1000) core.post({ kind: "deadline", key: A }, 1000);
  core.die(A, 1, exitsAt);
  return core.post({ kind: "left-ended", key: A, ended: 1, running: 0 }, endedAt);
}

test("an exit before startsecs is a failed start, however long its leftovers run", () => {
  const core = leaving(500, 30_000, { startSecs: 1 });
  assert.equal(core.kind(A), "BACKOFF");
  const [run] = core.state.processes.get(A)?.runs.ended ?? [];
  assert.deepEqual([run?.ending, run?.upMs], ["too-early", 500]);
  const { history } = core.state.processes.get(A)?.state ?? {};
  assert.match(history?.spawnErr ?? "", /^Exited too quickly/);
});

test("an exit of a program that was up for startsecs is one, and the run a short one", () => {
  const core = leaving(5000, 30_000, { startSecs: 1 });
  assert.equal(core.kind(A), "EXITED");
  const { state, runs } = core.state.processes.get(A) ?? {};
  assert.equal(state?.history.shortRuns, 1);
  assert.equal(runs?.ended[0]?.upMs, 5000);
});

test("one that was not ready has failed as of its exit", () => {
  const readyCheck = { kind: "notify" } as const;
  const core = leaving(500, 30_000, { startSecs: 1, readyCheck });
  assert.equal(core.state.processes.get(A)?.runs.ended[0]?.ending, "too-early");
});
