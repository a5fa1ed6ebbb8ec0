// Finds backups of logs, opens one for compression, and removes the leftover of an interrupted compression.

import { constants } from "node:fs";
import { basename, dirname } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import {
  BACKUP_FORMS,
  type BackupPlace,
  backupPath,
  backupPlace,
  temporaryOf,
} from "../../core/logs/backups.ts";
import type { FileIdentity } from "../../core/snapshot/snapshot.ts";
import type { BackupFacts, Errno, OpenBackup } from "../../ports/log-files.ts";
import {
  closeFile,
  isRegular,
  listNames,
  lstatLog,
  openForReading,
  unlinkFile,
} from "./file-calls.ts";

/** Files of one log that are looked at at the same time: at midnight, thousands of logs may be rotated. */
const LOOKS_AT_ONCE = 8;

/** See `LogFiles.backups`. */
export async function findBackups(
  path: string,
  most: number,
): Promise<Result<readonly BackupFacts[], Errno>> {
  if (most === 0) return ok([]);
  const names = await backupNames(dirname(path));
  if (!names.ok && names.error === "ENOENT") return ok([]);
  const places = names.ok ? (names.value.places.get(basename(path)) ?? []) : allPlaces(most);
  const wanted = places.filter(({ index }) => index <= most).sort((a, b) => a.index - b.index);
  const found: BackupFacts[] = [];
  for (let from = 0; from < wanted.length; from += LOOKS_AT_ONCE) {
    const some = wanted.slice(from, from + LOOKS_AT_ONCE);
    const looked = await lookAtSome(path, some);
    if (!looked.ok) return looked;
    found.push(...looked.value);
  }
  return ok(found);
}

/** See `LogFiles.leftCompressions`. */
export async function leftCompressions(
  directory: string,
): Promise<Result<readonly string[], Errno>> {
  const names = await backupNames(directory === "/" ? "/" : directory.replace(/\/$/, ""));
  return names.ok ? ok(names.value.left.map((name) => `${directory}${name}`)) : names;
}

/** Every possible backup, for a directory whose names cannot be read. */
function allPlaces(most: number): readonly BackupPlace[] {
  const indexes = Array.from({ length: most }, (_, before) => before + 1);
  return indexes.flatMap((index) => BACKUP_FORMS.map((form) => ({ index, form })));
}

async function lookAtSome(
  path: string,
  places: readonly BackupPlace[],
): Promise<Result<readonly BackupFacts[], Errno>> {
  const looked = await Promise.all(places.map((place) => lstatLog(backupPath(path, place))));
  const found: BackupFacts[] = [];
  for (const [at, { index, form }] of places.entries()) {
    const facts = looked[at] ?? err("ENOMEM");
    if (!facts.ok && facts.error !== "ENOENT" && facts.error !== "ELOOP") return facts;
    if (!facts.ok || !isRegular(facts.value)) continue;
    const { size, mtimeMs } = facts.value;
    found.push({ index, form, size, changedAt: Math.floor(mtimeMs) });
  }
  return ok(found);
}

/** See `LogFiles.openBackup`. */
export async function openBackup(path: string): Promise<Result<OpenBackup, Errno>> {
  const opened = await openForReading(path, constants.O_NOFOLLOW);
  if (!opened.ok) return opened;
  const { fd, dev, ino, nlink } = opened.value;
  if (isRegular(opened.value) && nlink === 1) return ok({ fd, file: { dev, ino } });
  await closeFile(fd);
  return err("EPERM");
}

/** See `LogFiles.isFile`. */
export async function isFile(path: string, file: FileIdentity): Promise<boolean> {
  const facts = await lstatLog(path);
  return facts.ok && facts.value.dev === file.dev && facts.value.ino === file.ino;
}

/** See `LogFiles.removeLeft`. */
export async function removeLeft(path: string): Promise<Result<true, Errno>> {
  const facts = await lstatLog(path);
  if (!facts.ok) return facts;
  if (!isRegular(facts.value) || facts.value.nlink !== 1) return err("EPERM");
  return await unlinkFile(path);
}

/** Most names that are read of one directory. */
const MOST_NAMES = 100_000;

/** The names of logs are without their directory. */
interface BackupNames {
  /** By log. */
  readonly places: ReadonlyMap<string, readonly BackupPlace[]>;
  /** Logs with a temporary file of an interrupted compression. */
  readonly left: readonly string[];
}

/** Reads in progress, by directory: concurrent callers share one. */
const waiting = new Map<string, Promise<Result<BackupNames, Errno>>>();

/**
 * Reads the names of the backups in a directory, once for all logs in it: a lookup of each possible name would take three
 * operations for each of thousands of backups.
 * @returns E2BIG for a directory with too many names; other errors as opendir(3)
 * @remarks Root follows any symlink on the way: a name is only used to look at that file, as the user of the symlink could.
 */
function backupNames(directory: string): Promise<Result<BackupNames, Errno>> {
  const asked = waiting.get(directory);
  if (asked !== undefined) return asked;
  const begun = listNames(directory, MOST_NAMES).then((names) => {
    waiting.delete(directory);
    return names.ok ? ok(sorted(names.value)) : names;
  });
  waiting.set(directory, begun);
  return begun;
}

function sorted(names: readonly string[]): BackupNames {
  const places = new Map<string, BackupPlace[]>();
  const left: string[] = [];
  for (const name of names) {
    const log = temporaryOf(name);
    if (log !== null) left.push(log);
    const place = backupPlace(name);
    if (place === null) continue;
    const { of, ...rest } = place;
    const others = places.get(of);
    if (others === undefined) places.set(of, [rest]);
    else others.push(rest);
  }
  return { places, left };
}
