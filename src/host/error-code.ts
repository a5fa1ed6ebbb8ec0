// Code of a thrown error, as Node and the kernel name it, and calls whose errors do not matter.

import { getSystemErrorMap } from "node:util";

/** For example "ENOENT"; "EIO" for what has no name. The addon's errors are numbers, which errnoName() of posix.ts names. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !("code" in thrown)) return "EIO";
  return typeof thrown.code === "string" ? thrown.code : "EIO";
}

/** The answer to a question, such as about a path; `otherwise` if the call throws. */
export function quietly<T, U>(question: () => T, otherwise: U): T | U {
  try {
    return question();
  } catch {
    return otherwise;
  }
}

/** The code of the error that a call throws; null if it throws none. */
export function errnoOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

/** "no space left on device" for ENOSPC; the code itself where there are no words for it. */
export function errnoText(errno: string): string {
  const known = [...getSystemErrorMap().values()].find(([name]) => name === errno);
  return known === undefined ? errno : known[1];
}
