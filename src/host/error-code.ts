// Code of a thrown error, as Node and the kernel name it.

/** For example "ENOENT"; "EIO" for what has no name. The addon's errors are numbers, which errnoName() of posix.ts names. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !("code" in thrown)) return "EIO";
  return typeof thrown.code === "string" ? thrown.code : "EIO";
}
