// A program whose output waits for the interval of its log, over fakes.

import { fakeWorld, processTo, WEB } from "../../../fakes/logs-world.ts";

export const LOG = "/log/web";
export const FD = 7;
/** The interval. */
export const SECS = 60;
export const MS = SECS * 1000;

export type World = ReturnType<typeof fakeWorld>;

/** A program that logs with an interval, and nothing of it under way. */
export async function running(
  more: Parameters<typeof processTo>[1] = {},
  options: Parameters<typeof fakeWorld>[0] = {},
): Promise<World> {
  const world = fakeWorld(options);
  world.logs.addProcess(processTo(LOG, { flushSecs: SECS, ...more }));
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  await world.logs.flush();
  world.files.calls.length = 0;
  return world;
}

/** Lets everything happen that can happen without time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
