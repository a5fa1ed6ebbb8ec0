// What journals on disk are made of: directories that only this user can write to, and documents in them.

import { err, ok, type Result } from "../../core/base/result.ts";
import { lookAt, writeWhole } from "./safe-files.ts";

/** Whether nobody else can have written what is in a directory, unless it was put there as a whole. */
export function isOwnDirectory(path: string): boolean {
  const found = lookAt(path);
  return (
    found.kind === "directory" && found.uid === process.geteuid?.() && (found.mode & 0o77) === 0
  );
}

/** Writes a document as JSON for this user alone: it is there whole, or as it was before. */
export function writeOwnDocument(path: string, document: unknown): Result<true, string> {
  const access = { mode: 0o600, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  try {
    writeWhole(path, Buffer.from(`${JSON.stringify(document)}\n`), access);
    return ok(true);
  } catch (error) {
    return err(`${path} cannot be written: ${(error as Error).message}`);
  }
}
