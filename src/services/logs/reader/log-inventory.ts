// Lists the files of a log and reads parts of them: the log itself and its backups NAME.1, NAME.2 … or NAME.1.gz, NAME.1.zst …
// Rotation may rename the files at any time. It moves a file to the next larger number, so that a search from small numbers to
// large ones misses no file, and finds a file that was listed under a smaller number.

import { err, ok, type Result } from "../../../core/base/result.ts";
import type { PositionState } from "../../../core/snapshot/snapshot.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { LogFiles } from "../../../ports/log-files.ts";
import type {
  LogCompression,
  LogFileInfo,
  LogFilePart,
  LogInventory,
  ReserveBytes,
} from "../api.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import type { ReadableLog } from "./log-reader.ts";

/** Most files of one log that are listed. */
export const MOST_FILES = 1000;
/** Most bytes in one answer. */
export const PART_BYTES = 1024 * 1024;
/** Consecutive numbers without a file after which the search ends. A rotation makes a gap of one. */
const GAP = 2;
/** Attempts to list the files. A rotation meanwhile makes another one necessary; after the last attempt, rotation waits. */
const TRIES = 2;

const SUFFIXES: readonly (readonly [LogCompression, string])[] = [
  ["none", ""],
  ["gzip", ".gz"],
  ["zstd", ".zst"],
];
const EMPTY: LogInventory = { files: [], times: null };

/** The names that a file may have, the most likely first. */
function namesOf(path: string, index: number): readonly (readonly [LogCompression, string])[] {
  if (index === 0) return [["none", path]];
  return SUFFIXES.map(([compression, suffix]) => [compression, `${path}.${index}${suffix}`]);
}

/** The files of a log. All output accepted before the call is in them. */
export async function listFiles(files: LogFiles, log: ReadableLog): Promise<LogInventory> {
  const { writer, auto } = log;
  if (!writer.keepsBytes || auto?.exists === false) return EMPTY;
  await writer.barrier();
  for (let left = TRIES; left > 0; left -= 1) {
    const before = writer.times;
    const found = await look(files, writer.path);
    const times = timesOf(writer, found, before);
    // If the log was rotated meanwhile, the times do not belong to the first file of the list.
    const isSame = times !== null && startOf(before) === startOf(writer.times);
    if (isSame || writer.times === null) return { files: found, times };
  }
  return await writer.still(async () => {
    const before = writer.times;
    const found = await look(files, writer.path);
    return { files: found, times: timesOf(writer, found, before) };
  });
}

async function look(files: LogFiles, path: string): Promise<readonly LogFileInfo[]> {
  const found = new Map<string, LogFileInfo>();
  let gap = 0;
  for (let index = 0; index <= MOST_FILES && gap < GAP; index += 1) {
    const file = await lookAt(files, path, index);
    gap = file === null && index > 0 ? gap + 1 : 0;
    // A file that was renamed during the search counts under its newest number.
    if (file !== null) found.delete(file.id);
    if (file !== null) found.set(file.id, file);
  }
  return [...found.values()];
}

async function lookAt(files: LogFiles, path: string, index: number): Promise<LogFileInfo | null> {
  for (const [compression, name] of namesOf(path, index)) {
    const facts = await files.identify(name);
    if (!facts.ok || !facts.value.isRegular) continue;
    const { size, changed, id } = facts.value;
    return { index, size, changed, id, compression };
  }
  return null;
}

/** The offset of the first byte in the file, as the log counts bytes. */
function startOf(known: PositionState | null): number | null {
  return known === null ? null : (known.count?.written ?? 0) - known.position;
}

/** @param before the position before the files were searched: the log may grow meanwhile */
function timesOf(
  writer: LogWriter,
  found: readonly LogFileInfo[],
  before: PositionState | null,
): LogInventory["times"] {
  const [live] = found;
  const known = writer.times;
  const least = before?.position ?? 0;
  if (known === null || known.count === null || live?.index !== 0) return null;
  // Another program truncated or replaced the file, or wrote to it while it was closed here.
  const isOther = writer.rest === null ? live.size < least : live.size !== least;
  if (isOther) return null;
  const { count, position, times } = known;
  return { count, start: count.written - position, marks: [...times] };
}

/** Reads a part of a file. Faults: NO_FILE when the log has no such file any more, FAILED, and those of `reserve`. */
export async function readFilePart(
  files: LogFiles,
  { writer }: ReadableLog,
  part: LogFilePart,
  reserve: ReserveBytes,
): Promise<Result<Uint8Array, Fault>> {
  const length = Math.max(0, Math.min(part.length, PART_BYTES));
  const refused = await reserve(length);
  if (refused !== null) return err(refused);
  const wanted = { id: part.id, start: Math.max(0, part.offset), length };
  const { path } = writer;
  let gap = 0;
  for (let index = Math.max(0, part.index); index <= MOST_FILES && gap < GAP; index += 1) {
    let isThere = false;
    for (const [, name] of namesOf(path, index)) {
      const facts = await files.identify(name);
      isThere ||= facts.ok;
      if (!facts.ok || facts.value.id !== part.id) continue;
      const read = await files.readPart(name, wanted);
      if (read.ok) return ok(read.value);
      // Renamed meanwhile: the file has a larger number now.
      if (read.error === "ESTALE" || read.error === "ENOENT") continue;
      return err(fault("FAILED", `${name}: ${read.error}`));
    }
    gap = isThere || index === part.index ? 0 : gap + 1;
  }
  return err(fault("NO_FILE", `${path}: this file of the log is gone`));
}
