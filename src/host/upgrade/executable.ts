// The executable of this process, held open so that it can be executed again even if its path names another file by then.
//
// sync-ok(closeSync, fstatSync, openSync, readlinkSync): procfs, and our own executable at the
// start

import { closeSync, fstatSync, openSync, readlinkSync, type Stats } from "node:fs";
import { posix } from "../posix.ts";
import { IS_STANDALONE } from "../system/identity.ts";

/** What the kernel runs; on the host's own Node that is Node. */
const KERNEL_LINK = "/proc/self/exe";

/** What to execute, and its words. */
interface Image {
  readonly file: string;
  readonly argv: readonly string[];
}

/** Run from the sources, tsv is a script of the same Node. @param name under which an executable sees itself */
export function imageOf(file: string, name: string, words: readonly string[]): Image {
  if (IS_STANDALONE) return { file, argv: [name, ...words] };
  return { file, argv: [file, ...process.execArgv, process.argv[1] ?? "", ...words] };
}

/**
 * This very executable, also when there is another one at its path by now: the link means the file that the child's
 * process is made of, which is ours until it executes.
 */
export function ownImage(words: readonly string[]): Image {
  return imageOf(IS_STANDALONE && isRunByKernel() ? KERNEL_LINK : process.execPath, "tsv", words);
}

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

/** @returns a descriptor of the file, close-on-exec, which the caller closes; or null when it cannot be had */
export function openExecutable(): number | null {
  try {
    if (held !== null) {
      const copy = posix().duplicate(held);
      return copy < 0 ? null : copy;
    }
    return openSync(isRunByKernel() ? KERNEL_LINK : process.execPath, "r");
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
    // Of a file that has gone, both say so.
    const [run, known] = [readlinkSync(KERNEL_LINK), process.execPath].map((path) =>
      path.replace(/ \(deleted\)$/, ""),
    );
    return run === known;
  } catch {
    return false;
  }
}
