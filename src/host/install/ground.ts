// What steps of an installation are done on, and what doing and taking back have in common.

import { mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ok, type Result } from "../../core/base/result.ts";
import type { Access } from "../../core/install/steps.ts";
import type { InstallAccounts } from "./accounts.ts";
import type { DiskJournal } from "./journal.ts";
import { changeAccess, lookAt, syncDirectory } from "./safe-files.ts";

/** Where steps happen. */
export interface Ground {
  readonly accounts: InstallAccounts;
  readonly journal: DiskJournal;
  /** A path of the host or image, on this machine. */
  at(path: string): string;
}

/** A new one is nobody's but ours until its owner and mode are set. */
export function makeDirectory(at: string, access: Access): Result<true, string> {
  if (lookAt(at).kind === "missing") mkdirSync(at, { mode: 0o700 });
  changeAccess(at, access);
  syncDirectory(dirname(at));
  return ok(true);
}

/** Where a directory stands while it is not certain that it goes. */
export function asidePath(path: string): string {
  return join(dirname(path), `.${basename(path)}.tsv-removed`);
}
