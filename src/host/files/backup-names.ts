// The names of backups in a directory, read at once for all logs in it: to look for each name that a backup may have would take
// three operations for each of thousands.

import { type Dir, type Dirent, opendir } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { type BackupPlace, backupPlace, temporaryOf } from "../../core/logs/backups.ts";
import type { Errno } from "../../ports/log-files.ts";
import { attempt, settle } from "./attempt.ts";
import { onPath } from "./lanes.ts";

/** Names that are read of one directory. */
const MOST_NAMES = 100_000;
/** Names that one operation reads. */
const NAMES_AT_ONCE = 1024;

/** Logs are named without their directory. */
interface BackupNames {
  /** By log. */
  readonly places: ReadonlyMap<string, readonly BackupPlace[]>;
  /** Logs of which an interrupted compression has left something. */
  readonly left: readonly string[];
}

/** Those that have not begun: all logs of a directory that are looked for at the same time share one. */
const waiting = new Map<string, Promise<Result<BackupNames, Errno>>>();

/**
 * @returns E2BIG for a directory with too many names; other errors as of opendir(3)
 * @remarks Root follows any symlink on the way: nothing is done with a name but to look at that file, as its user could.
 */
export function backupNames(directory: string): Promise<Result<BackupNames, Errno>> {
  const asked = waiting.get(directory);
  if (asked !== undefined) return asked;
  const begun = onPath(directory, () => {
    waiting.delete(directory);
    return readNames(directory);
  }).then((answered) => {
    // Also when it was refused, and never began.
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
