// The executable of this process, held open so that it can be executed again even if its path names another file by then.
//
// sync-ok(closeSync, fstatSync, openSync, readlinkSync): procfs, and our own executable at the
// start

import { closeSync, fstatSync, openSync, readlinkSync, type Stats } from "node:fs";
import { posix } from "../posix.ts";

/** What the kernel runs; on the host's own Node that is Node. */
const KERNEL_LINK = "/proc/self/exe";

let held: number | null = null;

/**
 * Keeps the executable open where the kernel does not do that for us, because it runs Node with it. Call at the start:
 * later there may be another file at its path.
 */
export function holdExecutable(): void {
  if (held !== null || isRunByKernel()) return;
  try {
    held = openSync(process.execPath, "r");
  } catch {
    // Then a failed upgrade cannot be rolled back, and `openExecutable` reports that.
  }
}

/** An executable that another process of ours has handed on. */
export function adoptExecutable(fd: number): void {
  held = fd;
}

/** @returns a descriptor of the file, close-on-exec, which the caller closes; or null when it cannot be had */
export function openExecutable(): number | null {
  try {
    if (held !== null) {
      const copy = posix().duplicate(held);
      return copy < 0 ? null : copy;
    }
    return openSync(KERNEL_LINK, "r");
  } catch {
    return null;
  }
}

/** Facts about the file; null if it cannot be examined. */
export function statExecutable(): Stats | null {
  const fd = openExecutable();
  if (fd === null) return null;
  const stats = fstatSync(fd);
  closeSync(fd);
  return stats;
}

function isRunByKernel(): boolean {
  try {
    return readlinkSync(KERNEL_LINK) === process.execPath;
  } catch {
    return false;
  }
}
