// For tests that wait for each verdict: starts a program without a turn of the event loop.

import type { LaunchSpec, Spawner, SpawnResult } from "../../src/ports/spawner.ts";

/** @returns when it executes or has failed, or after some seconds */
export function spawnNow(spawner: Spawner, launch: LaunchSpec): SpawnResult {
  const results: SpawnResult[] = [];
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const pending = spawner.spawn(launch, (result) => results.push(result));
  for (let tries = 0; results.length === 0 && tries < 5000; tries++) {
    spawner.settle();
    if (results.length === 0) Atomics.wait(nap, 0, 0, 1);
  }
  return results[0] ?? { ok: false, error: { stage: pending.abandon(), errno: "ETIMEDOUT" } };
}
