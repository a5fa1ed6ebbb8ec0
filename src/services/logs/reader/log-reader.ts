// Reads logs back by byte offsets (Supervisor, section 6.6 of its behaviour), including output that was accepted and not yet
// written.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { type LogMark, startAfter } from "../../../core/logs/mark.ts";
import { describeDiagnosis, tooLargeText } from "../../../core/logs/messages.ts";
import { readRange, tailRange } from "../../../core/logs/tail.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { Errno, FileFacts, LogFiles } from "../../../ports/log-files.ts";
import type { LogFollower, ReserveBytes, TailResult } from "../api.ts";
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
  const told = `${path}: ${errno}`;
  // The diagnosis names the symlink that is not followed, and the reason, which users could not guess.
  return errno === "ELOOP"
    ? `${told}: ${describeDiagnosis(await files.diagnose(path, errno))}`
    : told;
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
    const goesOn = after === null ? null : startAfter(after, count);
    const wanted = goesOn?.back ?? back;
    const isThere = wanted > 0 && facts !== EMPTY;
    const bytes = isThere ? await readEnd(files, writer, wanted, goesOn !== null) : NOTHING;
    mark = { epoch: count.epoch, offset: count.written - bytes.length };
    if (goesOn !== null) missing = goesOn.missing + goesOn.back - bytes.length;
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
