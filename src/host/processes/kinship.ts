// Whether a process belongs to a program. Procfs is memory; reading it does not block.

import { readFileSync } from "node:fs";
import { parseProcessStat } from "../../core/usage/proc-stat.ts";

/** Generations between a process and the program's main one. */
const MOST_GENERATIONS = 16;

/**
 * The main process, a descendant of it, or one of its process group that descends from no other program. One that has exited
 * is known no more. A process whose parents have exited descends from none, so another program of the same user can still join
 * the group.
 * @param isMain whether a process is the main one of any program
 */
export function isOfProgram(pid: number, main: number, isMain: (pid: number) => boolean): boolean {
  if (pid <= 0 || main <= 0) return false;
  if (pid === main) return true;
  const sender = statOf(pid);
  if (sender === null || isMain(pid)) return false;
  let at = sender.parent;
  for (let depth = 0; depth < MOST_GENERATIONS && at > 1; depth += 1) {
    if (at === main) return true;
    if (isMain(at)) return false;
    at = statOf(at)?.parent ?? 0;
  }
  return at <= 1 && sender.group === main;
}

function statOf(pid: number): ReturnType<typeof parseProcessStat> {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}
