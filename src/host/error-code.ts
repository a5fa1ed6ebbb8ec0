// Code of a thrown error, as Node and the kernel name it.

import { getSystemErrorMap } from "node:util";

/** For example "ENOENT"; "EIO" for what has no name. The addon's errors are numbers, which errnoName() of posix.ts names. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !("code" in thrown)) return "EIO";
  return typeof thrown.code === "string" ? thrown.code : "EIO";
}

/** "no space left on device" for ENOSPC; the code itself where there are no words for it. */
export function errnoText(errno: string): string {
  const known = [...getSystemErrorMap().values()].find(([name]) => name === errno);
  return known === undefined ? errno : known[1];
}
