// The time in which a daemon that is being replaced has no handlers: from execve(2) until its successor has installed its own.

import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** A dry run precedes it. */
const LONGEST_MS = 10_000;

function caught(pid: number): bigint {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(status)?.[1]}`);
}

/**
 * Looks until the process handles none of the daemon's own signals, and for `afterMs` longer. Nobody tells of this moment, so
 * nothing else runs in this process meanwhile.
 * @returns false when it was not seen: on a busy host it may be over before this process has its turn
 */
export function awaitGap(pid: number, afterMs: number): boolean {
  const bit = 1n << BigInt(constants.signals.SIGUSR2 - 1);
  const end = performance.now() + LONGEST_MS;
  while ((caught(pid) & bit) !== 0n) {
    if (performance.now() > end) return false;
  }
  const until = performance.now() + afterMs;
  while (performance.now() < until);
  return true;
}
