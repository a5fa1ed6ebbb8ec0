// Reads logs back by byte offsets (Supervisor, section 6.6 of its behaviour), including output that was accepted and not yet
// written; follows logs; lists their files and reads parts of them.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { type LogMark, startAfter } from "../../../core/logs/mark.ts";
import { describeDiagnosis, tooLargeText } from "../../../core/logs/messages.ts";
import { readRange, tailRange } from "../../../core/logs/tail.ts";
import type { PositionState } from "../../../core/snapshot/snapshot.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { Errno, FileFacts, LogFiles } from "../../../ports/log-files.ts";
import type {
  ListedLog,
  LogCompression,
  LogFileInfo,
  LogFilePart,
  LogFollower,
  ReserveBytes,
  TailResult,
} from "../api.ts";
import type { AutoFile } from "../writer/log-file.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import type { TakeBytes } from "./follower.ts";

/** Most bytes in one answer, which is held in memory as a whole until the client has read it. */
export const READ_LIMIT = 8 * 1024 * 1024;

/** A log to read from. */
export interface ReadableLog {
  readonly writer: LogWriter;
  readonly auto: AutoFile | null;
}

const NOTHING = new Uint8Array(0);
const EMPTY: FileFacts = { isRegular: true, size: 0 };

/** Waits until the output accepted so far is written, then returns the facts of the file; null when there is no such file. */
async function look(files: LogFiles, { writer, auto }: ReadableLog): Promise<FileFacts | null> {
  // Does not wait for output to a log that cannot be read back.
  if (writer.keepsBytes) await writer.barrier();
  return await lookNow(files, writer.path, auto);
}

async function lookNow(
  files: LogFiles,
  path: string,
  auto: AutoFile | null,
): Promise<FileFacts | null> {
  if (auto?.exists === false) return EMPTY;
  const facts = await files.stat(path);
  return facts.ok ? facts.value : null;
}

/** A part of a log, and how the memory for it is reserved. */
interface LogPart {
  readonly offset: number;
  readonly length: number;
  readonly reserve: ReserveBytes;
}

/** Implements readLog and readProcess*Log. Faults: BAD_ARGUMENTS, NO_FILE, FAILED, and those of `reserve`. */
export async function readLog(
  files: LogFiles,
  log: ReadableLog,
  { offset, length, reserve }: LogPart,
): Promise<Result<Uint8Array, Fault>> {
  const { path } = log.writer;
  const facts = await look(files, log);
  if (facts === null) return err(fault("NO_FILE", path));
  const wanted = readRange(facts.size, offset, length);
  if (wanted === null) return err(fault("BAD_ARGUMENTS"));
  if (facts === EMPTY) return ok(NOTHING);
  if (!facts.isRegular) return err(fault("FAILED", `${path} is not a regular file`));
  if (wanted.length > READ_LIMIT) {
    return err(fault("FAILED", tooLargeText(path, wanted.length, READ_LIMIT)));
  }
  const refused = await reserve(wanted.length);
  if (refused !== null) return err(refused);
  const read = await files.read(path, (size) => {
    const range = readRange(size, offset, length);
    // The file may have grown. The answer does not exceed the reserved memory.
    return range === null ? null : { ...range, length: Math.min(range.length, wanted.length) };
  });
  if (read.ok) return read;
  return err(fault("FAILED", await whyNotRead(files, path, read.error)));
}

async function whyNotRead(files: LogFiles, path: string, errno: Errno): Promise<string> {
  const text = `${path}: ${errno}`;
  // The diagnosis names the symlink that is not followed, and the reason, which users could not guess.
  return errno === "ELOOP"
    ? `${text}: ${describeDiagnosis(await files.diagnose(path, errno))}`
    : text;
}

/** Implements tailProcess*Log. A log that does not exist reads as empty. Faults: those of `reserve`. */
export async function tailLog(
  files: LogFiles,
  log: ReadableLog,
  { offset, length, reserve }: LogPart,
): Promise<Result<TailResult, Fault>> {
  let answer = { nextOffset: offset, overflow: false };
  const facts = await look(files, log);
  if (facts === null || facts === EMPTY) return ok({ bytes: NOTHING, offset: 0, overflow: false });
  if (!facts.isRegular) return ok({ bytes: NOTHING, offset, overflow: false });
  const most = Math.min(length, READ_LIMIT);
  const refused = await reserve(Math.max(0, Math.min(most, facts.size)));
  if (refused !== null) return err(refused);
  const read = await files.read(log.writer.path, (size) => {
    const range = tailRange(size, offset, most);
    answer = range;
    return range;
  });
  const bytes = read.ok ? read.value : NOTHING;
  return ok({ bytes, offset: answer.nextOffset, overflow: answer.overflow });
}

/** Where a follower begins. */
interface FollowStart {
  /** Number of bytes at the end of the log to deliver first. */
  readonly back: number;
  /** The mark at which an earlier stream ended, used instead of `back`; null for none. */
  readonly after: LogMark | null;
  /** A log without a file counts as empty: its output is delivered when it comes. */
  readonly awaitsFile: boolean;
}

/** Follows a log from a position on. Fault: NO_FILE. */
export async function followLog(
  files: LogFiles,
  { writer, auto }: ReadableLog,
  { back, after, awaitsFile }: FollowStart,
  take: TakeBytes,
): Promise<Result<LogFollower, Fault>> {
  let mark: LogMark | null = null;
  let missing = 0;
  const start = async (): Promise<Uint8Array | null> => {
    const facts = (await lookNow(files, writer.path, auto)) ?? (awaitsFile ? EMPTY : null);
    if (facts === null) return null;
    if (!facts.isRegular || !writer.keepsBytes) return NOTHING;
    const count = writer.count(facts.size);
    const resumed = after === null ? null : startAfter(after, count);
    const wanted = resumed?.back ?? back;
    const isThere = wanted > 0 && facts !== EMPTY;
    const bytes = isThere ? await readEnd(files, writer, wanted, resumed !== null) : NOTHING;
    mark = { epoch: count.epoch, offset: count.written - bytes.length };
    if (resumed !== null) missing = resumed.missing + resumed.back - bytes.length;
    return bytes;
  };
  const follower = await writer.follow(take, start);
  if (follower === null) return err(fault("NO_FILE", writer.path));
  return ok({ close: () => writer.unfollow(follower), mark, missing });
}

/** The last `wanted` bytes of a log, and with `backups` also of its uncompressed backups; fewer if there are not as many. */
async function readEnd(
  files: LogFiles,
  { path, backupPaths }: LogWriter,
  wanted: number,
  backups: boolean,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let left = wanted;
  for (const each of backups ? [path, ...backupPaths] : [path]) {
    if (left <= 0) break;
    const read = await files.read(each, (size) => readRange(size, -left, 0));
    if (!read.ok) break;
    parts.unshift(read.value);
    left -= read.value.length;
  }
  return parts.length === 1 ? (parts[0] ?? NOTHING) : joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

type CountedFiles = Pick<ListedLog, "files" | "count">;

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

/** The names that a file may have, the most likely first. */
function namesOf(path: string, index: number): readonly (readonly [LogCompression, string])[] {
  if (index === 0) return [["none", path]];
  return SUFFIXES.map(([compression, suffix]) => [compression, `${path}.${index}${suffix}`]);
}

/** The files of a log. All output accepted before the call is in them. */
export async function listFiles(files: LogFiles, log: ReadableLog): Promise<CountedFiles> {
  const { writer, auto } = log;
  if (!writer.keepsBytes || auto?.exists === false) return { files: [], count: null };
  await writer.barrier();
  for (let left = TRIES; left > 0; left -= 1) {
    const before = writer.position;
    const found = await searchFiles(files, writer.path);
    const count = countOf(writer, found, before);
    // If the log was rotated meanwhile, the count does not belong to the first file of the list.
    const isSame = count !== null && startOf(before) === startOf(writer.position);
    if (isSame || writer.position === null) return { files: found, count };
  }
  return await writer.still(async () => {
    const before = writer.position;
    const found = await searchFiles(files, writer.path);
    return { files: found, count: countOf(writer, found, before) };
  });
}

/**
 * Finds the log and its backups NAME.1, NAME.2 … or NAME.1.gz, NAME.1.zst … Rotation may rename the files at any time. It moves
 * a file to the next larger number, so that a search from small numbers to large ones misses no file, and finds a file that was
 * listed under a smaller number.
 */
async function searchFiles(files: LogFiles, path: string): Promise<readonly LogFileInfo[]> {
  const found = new Map<string, LogFileInfo>();
  let gap = 0;
  for (let index = 0; index <= MOST_FILES && gap < GAP; index += 1) {
    const file = await findFile(files, path, index);
    gap = file === null && index > 0 ? gap + 1 : 0;
    // A file that was renamed during the search counts under its newest number.
    if (file !== null) found.delete(file.id);
    if (file !== null) found.set(file.id, file);
  }
  return [...found.values()];
}

async function findFile(files: LogFiles, path: string, index: number): Promise<LogFileInfo | null> {
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
function countOf(
  writer: LogWriter,
  found: readonly LogFileInfo[],
  before: PositionState | null,
): ListedLog["count"] {
  const [live] = found;
  const known = writer.position;
  const least = before?.position ?? 0;
  if (known === null || known.count === null || live?.index !== 0) return null;
  // Another program truncated or replaced the file, or wrote to it while it was closed here.
  const isOther = writer.rest === null ? live.size < least : live.size !== least;
  if (isOther) return null;
  const { count, position } = known;
  return { ...count, start: count.written - position };
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
