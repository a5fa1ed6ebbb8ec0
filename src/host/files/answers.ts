// Checks that the file system of a path named by a user answers, before an operation that would block on it.

import { parseMounts } from "../../core/base/procfs.ts";
import { posix } from "../posix.ts";
import { readProc } from "../procfs.ts";
import { startLimit } from "../time/limited-task.ts";
import { statFile } from "./file-calls.ts";

const LIMIT_MS = 5000;

/**
 * Waits until the file system of a path answers, also if the path does not exist. The wait may never end.
 * @returns false at once if too many operations wait for the file system
 * @remarks The file system may stop answering right afterwards; this detects only one that has stopped before.
 */
export async function awaitAnswer(path: string): Promise<boolean> {
  const stats = await statFile(path);
  return stats.ok || stats.error !== "EBUSY";
}

/** As `awaitAnswer`, with a time limit. @returns whether the file system answered in time */
export async function answers(path: string, limitMs = LIMIT_MS): Promise<boolean> {
  return (await withinLimit(awaitAnswer(path), limitMs)) ?? false;
}

/**
 * Waits until the file operations in progress have ended, with a time limit.
 * @returns the mount point of a file system that did not answer, or words if that is not known; null if all answered
 */
export async function silentFileSystem(limitMs = LIMIT_MS): Promise<string | null> {
  const ends = posix()
    .busyLanes()
    .map(async (lane) => {
      return (await withinLimit(posix().awaitLane(lane), limitMs)) === null ? [lane] : [];
    });
  const [silent] = (await Promise.all(ends)).flat();
  return silent === undefined ? null : mountedFrom(silent);
}

function mountedFrom(lane: number): string {
  const device = `${Math.floor(lane / 2 ** 32)}:${lane % 2 ** 32}`;
  const mounts = parseMounts(readProc("self/mountinfo"));
  return mounts.find((mount) => mount.device === device)?.point ?? "a file system";
}

/** The result of a promise, or null if it takes longer than the limit. */
export async function withinLimit<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = startLimit(limitMs, () => resolve(null));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
