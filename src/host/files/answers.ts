// Checks that the file system of a path named by a user answers, before an operation that would block on it.

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
