// Starts that are wanted and have not begun.

import type { ProcessKey } from "../base/ids.ts";

interface Starts {
  readonly queued: { has(key: ProcessKey): boolean };
  readonly looking: { has(key: ProcessKey): boolean };
}

/** Whether a start of the process waits for its turn, or for its file to be found. */
export function isStartWanted({ queued, looking }: Starts, key: ProcessKey): boolean {
  return queued.has(key) || looking.has(key);
}
