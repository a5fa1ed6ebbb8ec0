// The daemon of the container that this process is in: PID 1, or the only child of a small init that is PID 1.

import { readFileSync, readlinkSync } from "node:fs";

interface RunningCommand {
  readonly words: readonly string[];
  /** Its working directory. */
  readonly cwd: string;
}

/**
 * The command line of tsv as PID 1, or as the only child of PID 1.
 * @returns null if these run something else, or belong to a user whose processes this one cannot look at
 */
export function containerCommand(): RunningCommand | null {
  try {
    if (isOurs("1")) return commandOf("1");
    const children = readFileSync("/proc/1/task/1/children", "latin1").split(" ").filter(Boolean);
    const [only = ""] = children;
    return children.length === 1 && isOurs(only) ? commandOf(only) : null;
  } catch {
    return null;
  }
}

/** Whether a process runs the executable that this one runs. */
function isOurs(pid: string): boolean {
  return readlinkSync(`/proc/${pid}/exe`) === readlinkSync("/proc/self/exe");
}

function commandOf(pid: string): RunningCommand {
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  return { words, cwd: readlinkSync(`/proc/${pid}/cwd`) };
}
