// Reading logs back by byte offsets (Supervisor, section 6.6 of its behaviour), consistent with what is still on its
// way to the disk.

import { err, ok, type Result } from "../../core/base/result.ts";
import { describeDiagnosis, tooLargeText } from "../../core/logs/messages.ts";
import { readRange, tailRange } from "../../core/logs/tail.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { Errno, FileFacts, LogFiles } from "../../ports/log-files.ts";
import type { LogFollower, TailResult } from "./api.ts";
import type { AutoFile } from "./auto-file.ts";
import type { TakeBytes } from "./follower.ts";
import type { LogWriter } from "./log-writer.ts";

/** Most bytes in one answer: it is held in memory several times over on its way to the client. */
export const READ_LIMIT = 64 * 1024 * 1024;

/** A log to read from. */
export interface ReadableLog {
  readonly writer: LogWriter;
  readonly auto: AutoFile | null;
}

const NOTHING = new Uint8Array(0);
const EMPTY: FileFacts = { isRegular: true, size: 0 };

/** What is there after the output accepted so far is written; null when there is no such file. */
async function look(files: LogFiles, { writer, auto }: ReadableLog): Promise<FileFacts | null> {
  // What goes to a place that cannot be read is not waited for.
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

/** readLog and readProcess*Log. Faults: BAD_ARGUMENTS, NO_FILE, FAILED. */
export async function readLog(
  files: LogFiles,
  log: ReadableLog,
  offset: number,
  length: number,
): Promise<Result<Uint8Array, Fault>> {
  const { path } = log.writer;
  const facts = await look(files, log);
  if (facts === null) return err(fault("NO_FILE", path));
  if (readRange(0, offset, length) === null) return err(fault("BAD_ARGUMENTS"));
  if (facts === EMPTY) return ok(NOTHING);
  if (!facts.isRegular) return err(fault("FAILED", `${path} is not a regular file`));
  let tooLarge: string | null = null;
  const read = await files.read(path, (size) => {
    const range = readRange(size, offset, length);
    if (range === null || range.length <= READ_LIMIT) return range;
    tooLarge = tooLargeText(path, size, READ_LIMIT);
    return null;
  });
  if (read.ok) return read;
  return err(fault("FAILED", tooLarge ?? (await whyNotRead(files, path, read.error))));
}

async function whyNotRead(files: LogFiles, path: string, errno: Errno): Promise<string> {
  const told = `${path}: ${errno}`;
  // Of a link that is not followed nobody would guess which, and why.
  return errno === "ELOOP"
    ? `${told}: ${describeDiagnosis(await files.diagnose(path, errno))}`
    : told;
}

/** tailProcess*Log: never a fault, since a log that is not there is empty. */
export async function tailLog(
  files: LogFiles,
  log: ReadableLog,
  offset: number,
  length: number,
): Promise<TailResult> {
  let answer = { nextOffset: offset, overflow: false };
  const facts = await look(files, log);
  if (facts === null || facts === EMPTY) return { bytes: NOTHING, offset: 0, overflow: false };
  if (!facts.isRegular) return { bytes: NOTHING, offset, overflow: false };
  const read = await files.read(log.writer.path, (size) => {
    const range = tailRange(size, offset, Math.min(length, READ_LIMIT));
    answer = range;
    return range;
  });
  const bytes = read.ok ? read.value : NOTHING;
  return { bytes, offset: answer.nextOffset, overflow: answer.overflow };
}

/** Follows a log from `backBytes` before its end. Fault: NO_FILE. */
export async function followLog(
  files: LogFiles,
  { writer, auto }: ReadableLog,
  backBytes: number,
  take: TakeBytes,
): Promise<Result<LogFollower, Fault>> {
  const start = async (): Promise<Uint8Array | null> => {
    const facts = await lookNow(files, writer.path, auto);
    if (facts === null) return null;
    if (backBytes <= 0 || facts === EMPTY || !facts.isRegular || !writer.keepsBytes) return NOTHING;
    const read = await files.read(writer.path, (size) => readRange(size, -backBytes, 0));
    return read.ok ? read.value : NOTHING;
  };
  const follower = await writer.follow(take, start);
  if (follower === null) return err(fault("NO_FILE", writer.path));
  return ok({ close: () => writer.unfollow(follower) });
}
