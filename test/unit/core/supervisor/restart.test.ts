// A restart on request: one decision, so that a stop is never the last of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const A = "g:a" as ProcessKey;

function running(): Core {
  const config = group("g", [program({ name: "a", startSecs: 0 })]);
  const core = new Core().post({ kind: "add-group", config }).post({ kind: "start", key: A });
  core.take();
  return core;
}

test("a process that runs is stopped by its signal, and started when it is down", () => {
  const core = running();
  const pid = core.pid(A);
  core.post({ kind: "restart", key: A });
  assert.equal(core.kind(A), "STOPPING");
  core.die(A);
  assert.equal(core.kind(A), "RUNNING");
  assert.notEqual(core.pid(A), pid);
  assert.equal(core.state.processes.get(A)?.runs.cause, "restart");
});

test("a stop on request during the restart keeps the process down", () => {
  const core = running();
  core.post({ kind: "restart", key: A }).post({ kind: "stop", key: A }).die(A);
  assert.equal(core.kind(A), "STOPPED");
});

test("a process that is down stays down, and nothing restarts while everything stops", () => {
  const down = running();
  down.post({ kind: "stop", key: A }).die(A);
  down.post({ kind: "restart", key: A });
  assert.equal(down.kind(A), "STOPPED");
  const ending = running();
  ending.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
  ending.post({ kind: "restart", key: A }).die(A);
  assert.equal(ending.kind(A), "STOPPED");
});

test("a command that is gone by then is retried, as any start that fails", () => {
  const core = running();
  core.spawnError = () => "can't find command 'x'";
  core.post({ kind: "restart", key: A }).die(A);
  assert.equal(core.kind(A), "BACKOFF");
});
