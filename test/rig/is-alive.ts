import { readFileSync } from "node:fs";

/**
 * Whether a process exists and has not exited. kill(2) and /proc still find one that exited and is not reaped yet (a zombie);
 * an orphan stays one for as long as PID 1 of the machine likes.
 */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
