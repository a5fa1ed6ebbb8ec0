// What steps of an installation are done on, and what doing and taking back have in common.

import { mkdirSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ok, type Result } from "../../core/base/result.ts";
import type { Access } from "../plan/steps.ts";
import type { InstallAccounts } from "./accounts.ts";
import { changeAccess } from "./change-access.ts";
import type { DiskJournal } from "./journal.ts";
import { isThere, syncDirectory } from "./safe-files.ts";

/** Where steps happen. */
export interface Ground {
  readonly accounts: InstallAccounts;
  readonly journal: DiskJournal;
  /** A path of the host or image, on this machine. */
  at(path: string): string;
}

/** A new one is nobody's but ours until its owner and mode are set. */
export function makeDirectory(at: string, access: Access): Result<true, string> {
  if (!isThere(at)) return makeNewDirectory(at, access);
  changeAccess(at, access);
  syncDirectory(dirname(at));
  return ok(true);
}

/** @throws Error also where there is something by now, or where somebody puts another thing there */
export function makeNewDirectory(at: string, access: Access): Result<true, string> {
  mkdirSync(at, { mode: 0o700 });
  const uid = process.geteuid?.() ?? 0;
  const isOurs = (found: Stats): boolean =>
    found.isDirectory() && found.uid === uid && (found.mode & 0o777) === 0o700;
  changeAccess(at, access, (found) => (isOurs(found) ? null : `${at} was exchanged: it stays`));
  syncDirectory(dirname(at));
  return ok(true);
}

/** Where a directory stands while it is not certain that it goes. */
export function asidePath(path: string): string {
  return join(dirname(path), `.${basename(path)}.tsv-removed`);
}
