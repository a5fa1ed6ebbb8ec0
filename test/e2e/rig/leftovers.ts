// Finds and ends what a test started: every process whose environment carries the mark of that test. Process groups are
// not enough, because a supervised program leads a group of its own and a daemon a session of its own.

import { readdirSync, readFileSync } from "node:fs";

/** The processes that carry the mark; zombies have no environment and are not among them. */
export function marked(mark: string): readonly number[] {
  const wanted = `TSV_E2E_RUN=${mark}`;
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => environmentOf(pid).includes(wanted));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return []; // It ended meanwhile, or is another user's and therefore not ours.
  }
}

/** A process in the hands of a busy disk may take that long to die. */
const PATIENCE_MS = 30_000;

/**
 * Ends all of them, and returns when none is left that could still write a file. Looks again and again, because a dying
 * daemon may be in the middle of starting a program, and because a process is not notified when a child of another one exits.
 */
export function endMarked(mark: string): void {
  const start = performance.now();
  while (performance.now() - start < PATIENCE_MS) {
    const pids = marked(mark);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself between the listing and the signal.
      }
    }
  }
}
