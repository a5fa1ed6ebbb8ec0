// The time in which a daemon that is being replaced has no handlers: from its end until its successor has installed its own.

import { daemonProcess } from "../../rig/daemon-process.ts";

/** A dry run precedes it. */
const LONGEST_MS = 10_000;

/**
 * Looks until the daemon of a keeper has ended, and for `afterMs` longer. No event reports this moment, so
 * nothing else runs in this process meanwhile.
 * @returns false when it was not seen: on a busy host it may be over before this process has its turn
 */
export function awaitGap(pid: number, afterMs: number): boolean {
  const before = daemonProcess(pid);
  const end = performance.now() + LONGEST_MS;
  while (daemonProcess(pid) === before) {
    if (performance.now() > end) return false;
  }
  const until = performance.now() + afterMs;
  while (performance.now() < until);
  return true;
}
