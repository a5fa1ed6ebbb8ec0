// Whether a process belongs to a program. Procfs is memory; reading it does not block.

import { readFileSync } from "node:fs";
import { parseProcessStat } from "../../core/usage/proc-stat.ts";

/** Generations between a process and the program's main one. */
const MOST_GENERATIONS = 16;

/** The main process, one of its group, or a descendant of it. One that has exited is known no more. */
export function isOfProgram(pid: number, main: number): boolean {
  if (pid <= 0 || main <= 0) return false;
  if (pid === main) return true;
  for (let at = pid, depth = 0; depth < MOST_GENERATIONS && at > 1; depth += 1) {
    const stat = statOf(at);
    if (stat === null) return false;
    if (stat.parent === main || (at === pid && stat.group === main)) return true;
    at = stat.parent;
  }
  return false;
}

function statOf(pid: number): ReturnType<typeof parseProcessStat> {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}
