// Restarts of one process as a whole: what callers are answered, and when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { key, type Rig, tick, Watched } from "./rig.ts";
import { running, WEB, web } from "./web-rig.ts";

/** Begins a restart. */
async function restart(rig: Rig): Promise<Watched> {
  const watched = new Watched(rig.supervisor.restartProcess(WEB));
  rig.settle();
  await tick();
  rig.settle();
  return watched;
}

test("a restart is over when the new process is up", async () => {
  const rig = running({ startSecs: 2 });
  rig.advance(2000);
  const restarted = await restart(rig);
  assert.deepEqual([rig.state("web:web"), restarted.outcome], ["STOPPING", "pending"]);
  rig.die("web:web");
  await tick();
  assert.deepEqual([rig.state("web:web"), restarted.outcome], ["STARTING", "pending"]);
  rig.advance(2000);
  await tick();
  assert.deepEqual([rig.state("web:web"), restarted.outcome], ["RUNNING", "true"]);
});

test("a restart has failed when the new process exits too early, with the reason", async () => {
  const rig = running({ startSecs: 2 });
  rig.advance(2000);
  const restarted = await restart(rig);
  rig.die("web:web");
  rig.die("web:web", { exitCode: 3 });
  await tick();
  assert.equal(rig.state("web:web"), "BACKOFF");
  assert.equal(restarted.outcome, "SPAWN_ERROR: Exited too quickly (process log may have details)");
});

test("a program that has done its work has come up", async () => {
  const rig = running({ type: "oneshot", autorestart: "never" });
  const restarted = await restart(rig);
  rig.die("web:web");
  rig.die("web:web");
  await tick();
  assert.equal(restarted.outcome, "true");
});

test("a restart that another client stops is over", async () => {
  const rig = running();
  const restarted = await restart(rig);
  void rig.supervisor.stop(WEB, false);
  rig.die("web:web");
  await tick();
  assert.equal(restarted.outcome, "ABNORMAL_TERMINATION: it was stopped meanwhile");
});

test("nothing is stopped if the command is gone, or the process is down or unknown", async () => {
  const rig = running();
  const pid = rig.pid("web:web");
  rig.host.files.clear();
  const refused = await restart(rig);
  assert.match(refused.outcome, /^NO_FILE: /);
  assert.deepEqual([rig.state("web:web"), rig.pid("web:web")], ["RUNNING", pid]);
  assert.equal((await restart(web({ autostart: false }))).outcome, "NOT_RUNNING: web");
  const unknown = await rig.supervisor.restartProcess(key("no:no"));
  assert.equal(unknown.ok ? "" : unknown.error.name, "BAD_NAME");
});
