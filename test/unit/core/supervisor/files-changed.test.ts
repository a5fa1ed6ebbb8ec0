// watch=: what a change of files does to a program.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const A = "g:a" as ProcessKey;
const CHANGED = { kind: "files-changed", key: A, text: "src/app.js changed" } as const;

function running(changes: Partial<ProcessConfig> = {}): Core {
  const config = group("g", [program({ name: "a", startSecs: 0, ...changes })]);
  const core = new Core().post({ kind: "add-group", config }).post({ kind: "start", key: A });
  core.take();
  return core;
}

const runsOf = (core: Core) => core.state.processes.get(A)?.runs;

test("a program that runs is restarted at once, and its history has the cause and the file", () => {
  const core = running({ restartDelay: 60, restartLimit: { count: 1, seconds: 60 } });
  for (let times = 1; times <= 3; times += 1) {
    core.post(CHANGED).die(A, 1);
    assert.equal(core.kind(A), "RUNNING", "no delay, and no limit of restarts");
  }
  assert.equal(runsOf(core)?.cause, "watch");
  assert.equal(runsOf(core)?.ended.at(-1)?.reason, "src/app.js changed");
});

test("a program that is FATAL is started again, with all its tries", () => {
  const core = running({ startRetries: 0 });
  core.spawnError = () => "can't find command 'a'";
  core.post({ kind: "stop", key: A }).die(A).post({ kind: "start", key: A });
  assert.equal(core.kind(A), "FATAL");
  core.spawnError = () => null;
  core.post(CHANGED);
  assert.equal(core.kind(A), "RUNNING");
  assert.equal(runsOf(core)?.cause, "watch");
});

test("a program that waits for its next try, or has exited, is started again", () => {
  for (const autorestart of ["always", "never"] as const) {
    const core = running({ autorestart, startSecs: autorestart === "always" ? 1 : 0 });
    core.die(A, 3);
    assert.equal(core.kind(A), autorestart === "always" ? "BACKOFF" : "EXITED");
    const pid = core.pid(A);
    core.post(CHANGED);
    assert.notEqual(core.pid(A), pid);
    assert.equal(runsOf(core)?.cause, "watch");
  }
});

test("a program that was stopped, or is disabled, is not started", () => {
  const stopped = running();
  stopped.post({ kind: "stop", key: A }).die(A).post(CHANGED);
  assert.equal(stopped.kind(A), "STOPPED");
  const disabled = running({ enabled: false, autorestart: "never" });
  disabled.post(CHANGED);
  assert.equal(disabled.kind(A), "RUNNING", "its run goes on");
  disabled.die(A).post(CHANGED);
  assert.equal(disabled.kind(A), "EXITED");
});

test("a stop during the restart keeps it down, and nothing starts while everything stops", () => {
  const core = running();
  core.post(CHANGED).post({ kind: "stop", key: A }).post(CHANGED).die(A);
  assert.equal(core.kind(A), "STOPPED");
  const ending = running({ autorestart: "never" });
  ending.die(A).post({ kind: "stop-everything", daemonState: "SHUTDOWN" }).post(CHANGED);
  assert.equal(ending.kind(A), "EXITED");
});
