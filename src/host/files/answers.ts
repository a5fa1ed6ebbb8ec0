// Checks that a path named by a user answers, before an operation that would block on its file system.

import { lstat, type Stats } from "node:fs";
import { attempt } from "./attempt.ts";
import { onPath } from "./lanes.ts";

const LIMIT_MS = 5000;

/**
 * Waits until the file system that a path is on answers, be it that there is nothing. Possibly never.
 * @returns false at once when very much waits for it already
 * @remarks It may cease to answer right afterwards; that it had done so before is what this finds.
 */
export async function awaitAnswer(path: string): Promise<boolean> {
  return (await onPath(path, () => attempt<Stats>((done) => lstat(path, done)))).ok;
}

/** The same with a limit. @returns whether it answered in time */
export async function answers(path: string, limitMs = LIMIT_MS): Promise<boolean> {
  return (await withinLimit(awaitAnswer(path), limitMs)) ?? false;
}

/** What a promise comes to, or null when that takes longer. */
export async function withinLimit<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
