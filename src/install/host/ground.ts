// Functions that executing and undoing steps share.

import { mkdirSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ok, type Result } from "../../core/base/result.ts";
import type { Access } from "../plan/steps.ts";
import type { InstallAccounts } from "./accounts.ts";
import { changeAccess } from "./change-access.ts";
import type { DiskJournal } from "./journal.ts";
import { isThere, syncDirectory } from "./safe-files.ts";

/** The host or image on which steps are executed. */
export interface Ground {
  readonly accounts: InstallAccounts;
  readonly journal: DiskJournal;
  /** The path on this machine of a path in the host or image. */
  at(path: string): string;
}

/** A new directory is accessible only for us until its owner and mode are set. */
export function makeDirectory(at: string, access: Access): Result<true, string> {
  if (!isThere(at)) return makeNewDirectory(at, access);
  changeAccess(at, access);
  syncDirectory(dirname(at));
  return ok(true);
}

/** @throws Error also if the path exists now, or is replaced meanwhile */
export function makeNewDirectory(at: string, access: Access): Result<true, string> {
  mkdirSync(at, { mode: 0o700 });
  const uid = process.geteuid?.() ?? 0;
  const isOurs = (found: Stats): boolean =>
    found.isDirectory() && found.uid === uid && (found.mode & 0o777) === 0o700;
  changeAccess(at, access, (found) => (isOurs(found) ? null : `${at} was replaced and stays`));
  syncDirectory(dirname(at));
  return ok(true);
}

/** The temporary path of a directory until its removal is final. */
export function asidePath(path: string): string {
  return join(dirname(path), `.${basename(path)}.tsv-removed`);
}
