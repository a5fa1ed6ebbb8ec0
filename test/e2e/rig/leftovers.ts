// Finds and ends what a test started: every process whose environment carries the mark of that test. Process groups are
// not enough, because a supervised program leads a group of its own and a daemon a session of its own.

import { readdirSync, readFileSync } from "node:fs";

/** The processes that carry the mark, and all below them: nginx and Redis overwrite their environment with a title. */
export function marked(mark: string): readonly number[] {
  const wanted = `TSV_E2E_RUN=${mark}`;
  const parents = new Map(
    readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
      .map((pid) => [pid, parentOf(pid)] as const),
  );
  const found = new Set([...parents.keys()].filter((pid) => environmentOf(pid).includes(wanted)));
  // A process may be listed before its parent: until there is no more.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  // A zombie cannot be ended again.
  return [...found].filter((pid) => parents.get(pid) !== NONE);
}

const NONE = -1;

/** NONE for a zombie and for a process that is gone. */
function parentOf(pid: number): number {
  try {
    const [, state, parent] =
      /\) (\S) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
    return state === "Z" || parent === undefined ? NONE : Number(parent);
  } catch {
    return NONE;
  }
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
