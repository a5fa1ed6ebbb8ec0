// The names of backups in a directory, read once for all logs in it. A lookup of each possible name would take three operations
// for each of thousands of backups.

import { type Dir, type Dirent, opendir } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { type BackupPlace, backupPlace, temporaryOf } from "../../core/logs/backups.ts";
import type { Errno } from "../../ports/log-files.ts";
import { attempt, settle } from "./attempt.ts";
import { onPath } from "./lanes.ts";

/** Most names that are read of one directory. */
const MOST_NAMES = 100_000;
/** Names that one operation reads. */
const NAMES_AT_ONCE = 1024;

/** The names of logs are without their directory. */
interface BackupNames {
  /** By log. */
  readonly places: ReadonlyMap<string, readonly BackupPlace[]>;
  /** Logs with a temporary file of an interrupted compression. */
  readonly left: readonly string[];
}

/** Reads that have not begun, by directory: concurrent callers share one. */
const waiting = new Map<string, Promise<Result<BackupNames, Errno>>>();

/**
 * Reads the names of the backups in a directory.
 * @returns E2BIG for a directory with too many names; other errors as opendir(3)
 * @remarks Root follows any symlink on the way: a name is only used to look at that file, as the user of the symlink could.
 */
export function backupNames(directory: string): Promise<Result<BackupNames, Errno>> {
  const asked = waiting.get(directory);
  if (asked !== undefined) return asked;
  const begun = onPath(directory, () => {
    waiting.delete(directory);
    return readNames(directory);
  }).then((answered) => {
    // Also if the read was refused and never began.
    if (waiting.get(directory) === begun) waiting.delete(directory);
    return answered.ok ? answered.value : answered;
  });
  waiting.set(directory, begun);
  return begun;
}

async function readNames(directory: string): Promise<Result<BackupNames, Errno>> {
  const opened = await attempt<Dir>((done) =>
    opendir(directory, { bufferSize: NAMES_AT_ONCE }, done),
  );
  if (!opened.ok) return opened;
  const names = await readAll(opened.value);
  await settle((done) => opened.value.close(done));
  return names;
}

async function readAll(open: Dir): Promise<Result<BackupNames, Errno>> {
  const found = new Map<string, BackupPlace[]>();
  const left: string[] = [];
  for (let count = 0; count < MOST_NAMES; count += 1) {
    const entry = await attempt<Dirent | null>((done) => open.read(done));
    if (!entry.ok) return entry;
    if (entry.value === null) return ok({ places: found, left });
    const { name } = entry.value;
    const log = temporaryOf(name);
    if (log !== null) left.push(log);
    const place = backupPlace(name);
    if (place === null) continue;
    const { of, ...rest } = place;
    const others = found.get(of);
    if (others === undefined) found.set(of, [rest]);
    else others.push(rest);
  }
  return err("E2BIG");
}
