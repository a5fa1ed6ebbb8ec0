// The instruments of other tests: the heartbeat and the peak of memory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { suspend } from "../rig/suspend.ts";
import { event } from "../rig/wait.ts";
import { BOUNDS, expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { e2e } from "./rig/rig.ts";
import { peakKb, resetPeak } from "./rig/usage.ts";

e2e("a heartbeat of a daemon at rest is in bounds", async (rig, t) => {
  const daemon = await rig.startWith("[program:other]\ncommand=sleep 1000\n");
  const heartbeat = await startHeartbeat(daemon, t);
  await heartbeat.beats(10);
  expectInBounds(await heartbeat.end(), t);
});

e2e("a daemon that stands still is noticed", async (rig, t) => {
  const daemon = await rig.startWith("");
  const heartbeat = await startHeartbeat(daemon, t);
  await suspend(daemon.process);
  await heartbeat.late();
  daemon.signal("SIGCONT");
  const result = await heartbeat.end();
  assert.ok(result.worstRestartMs > BOUNDS.restartMs, JSON.stringify(result));
  assert.ok(result.worstRpcMs > BOUNDS.rpcMs, JSON.stringify(result));
  const atRest = { ...result, ownDelayMs: 0 };
  assert.throws(() => expectInBounds(atRest, t), /a restart took/);
});

e2e("the peak of memory is reported and reset", false, async (_rig, t) => {
  // Another thread may be freeing the buffer after the collection.
  const hog = `let text = Buffer.alloc(200e6, 1); text = null; process.stdin.resume();
    (function free() {
      global.gc();
      process.memoryUsage().rss > 150e6 ? setImmediate(free) : console.log("done");
    })();`;
  const child = spawn(process.execPath, ["--expose-gc", "-e", hog]);
  t.after(() => void child.kill());
  await event(child.stdout, "data");
  const pid = Number(child.pid);
  assert.ok(peakKb(pid) > 195_000, `${peakKb(pid)} KB`);
  resetPeak(pid);
  assert.ok(peakKb(pid) < 195_000, `${peakKb(pid)} KB`);
});
