// Directories that only this user can write to, and documents in them, for journals on disk.

import { err, ok, type Result } from "../../core/base/result.ts";
import { lookAt, writeWhole } from "./safe-files.ts";

/** Whether only this user can have written the contents of a directory, unless the directory itself was moved there. */
export function isOwnDirectory(path: string): boolean {
  const found = lookAt(path);
  return (
    found.kind === "directory" && found.uid === process.geteuid?.() && (found.mode & 0o77) === 0
  );
}

/** Writes a document as JSON, atomically, readable only by this user. */
export function writeOwnDocument(path: string, document: unknown): Result<true, string> {
  const access = { mode: 0o600, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  try {
    writeWhole(path, Buffer.from(`${JSON.stringify(document)}\n`), access);
    return ok(true);
  } catch (error) {
    return err(`${path} cannot be written: ${(error as Error).message}`);
  }
}
