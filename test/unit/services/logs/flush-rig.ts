// A program whose output waits for the interval of its log, over fakes.

import * as rig from "../../../fakes/logs-world.ts";

/** The interval. */
export const SECS = 60;
export const MS = SECS * 1000;

/** A program that logs with an interval, and nothing of it under way. */
export async function running(
  more: Parameters<typeof rig.running>[0] = {},
  options: rig.WorldOptions = {},
): Promise<ReturnType<typeof rig.running>> {
  const world = rig.running({ flushSecs: SECS, ...more }, options);
  await world.logs.flush();
  world.files.calls.length = 0;
  return world;
}

/** Lets everything happen that can happen without time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
