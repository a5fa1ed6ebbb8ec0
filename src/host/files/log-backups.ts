// Finds backups of logs, opens one for compression, and removes the leftover of an interrupted compression.

import * as fs from "node:fs";
import { type Dir, type Dirent, opendir } from "node:fs";
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
import { attempt, settle } from "./attempt.ts";
import { lookAtLogs, openLogs, unlinkLog } from "./guarded-log.ts";
import { onPath } from "./lanes.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;
/** Files that one operation looks at. */
const LOOKS_AT_ONCE = 64;

/** lstat(2). As root, a file behind a user's symlink is an error: such a file is never removed, so it does not count. */
async function lookAt(path: string): Promise<Result<fs.Stats, Errno>> {
  const [looked = err("ENOMEM")] = await lookAtEach([path]);
  return looked;
}

/** As `lookAt` for each path, in order. */
async function lookAtEach(paths: readonly string[]): Promise<readonly Result<fs.Stats, Errno>[]> {
  if (process.geteuid?.() === 0) return await lookAtLogs(paths);
  const looked: Result<fs.Stats, Errno>[] = [];
  for (const path of paths) {
    looked.push(await attempt<fs.Stats>((done) => fs.lstat(path, done)));
  }
  return looked;
}

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
    const looked = await onPath(path, () => lookAtSome(path, some));
    if (!looked.ok) return looked;
    if (!looked.value.ok) return looked.value;
    found.push(...looked.value.value);
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
  const looked = await lookAtEach(places.map((place) => backupPath(path, place)));
  const found: BackupFacts[] = [];
  for (const [at, { index, form }] of places.entries()) {
    const facts = looked[at] ?? err("ENOMEM");
    if (!facts.ok && facts.error !== "ENOENT" && facts.error !== "ELOOP") return facts;
    if (!facts.ok || !facts.value.isFile()) continue;
    const { size, mtimeMs } = facts.value;
    found.push({ index, form, size, changedAt: Math.floor(mtimeMs) });
  }
  return ok(found);
}

/** See `LogFiles.openBackup`. */
export async function openBackup(path: string): Promise<Result<OpenBackup, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const way = { flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW, mode: 0, isLocked: false };
  const [opened = err("ENOMEM")] = await openLogs([path], way);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  const facts = await attempt<fs.Stats>((done) => fs.fstat(fd, done));
  if (facts.ok && facts.value.isFile() && facts.value.nlink === 1) {
    return ok({ fd, file: { dev: facts.value.dev, ino: facts.value.ino } });
  }
  await new Promise<void>((resolve) => fs.close(fd, () => resolve()));
  return facts.ok ? err("EPERM") : facts;
}

/** See `LogFiles.isFile`. */
export async function isFile(path: string, file: FileIdentity): Promise<boolean> {
  const facts = await lookAt(path);
  return facts.ok && facts.value.dev === file.dev && facts.value.ino === file.ino;
}

/** See `LogFiles.removeLeft`. */
export async function removeLeft(path: string): Promise<Result<true, Errno>> {
  const facts = await lookAt(path);
  if (!facts.ok) return facts;
  if (!facts.value.isFile() || facts.value.nlink !== 1) return err("EPERM");
  return await unlinkLog(path);
}

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
 * Reads the names of the backups in a directory, once for all logs in it: a lookup of each possible name would take three
 * operations for each of thousands of backups.
 * @returns E2BIG for a directory with too many names; other errors as opendir(3)
 * @remarks Root follows any symlink on the way: a name is only used to look at that file, as the user of the symlink could.
 */
function backupNames(directory: string): Promise<Result<BackupNames, Errno>> {
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
