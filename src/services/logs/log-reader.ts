// Reading logs back by byte offsets (Supervisor, section 6.6 of its behaviour), consistent with what is still on its
// way to the disk.

import { err, ok, type Result } from "../../core/base/result.ts";
import { readRange, tailRange } from "../../core/logs/tail.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { LogFiles } from "../../ports/log-files.ts";
import type { LogFollower, TailResult } from "./api.ts";
import type { TakeBytes } from "./follower.ts";
import type { LogWriter } from "./log-writer.ts";

const NOTHING = new Uint8Array(0);

/** Waits for the output accepted so far, unless it goes to a place that cannot be read anyway. */
async function settled(writer: LogWriter): Promise<void> {
  if (writer.keepsBytes) await writer.barrier();
}

/** readLog and readProcess*Log. Faults: BAD_ARGUMENTS, NO_FILE, FAILED. */
export async function readLog(
  files: LogFiles,
  writer: LogWriter,
  offset: number,
  length: number,
): Promise<Result<Uint8Array, Fault>> {
  await settled(writer);
  const { path } = writer;
  const facts = await files.stat(path);
  if (!facts.ok) return err(fault("NO_FILE", path));
  if (readRange(0, offset, length) === null) return err(fault("BAD_ARGUMENTS"));
  if (!facts.value.isRegular) return err(fault("FAILED", `${path} is not a regular file`));
  const read = await files.read(path, (size) => readRange(size, offset, length));
  return read.ok ? read : err(fault("FAILED", `${path}: ${read.error}`));
}

/** tailProcess*Log: never a fault, since a log that is not there is empty. */
export async function tailLog(
  files: LogFiles,
  writer: LogWriter,
  offset: number,
  length: number,
): Promise<TailResult> {
  await settled(writer);
  let answer = { nextOffset: offset, overflow: false };
  const facts = await files.stat(writer.path);
  if (!facts.ok) return { bytes: NOTHING, offset: 0, overflow: false };
  if (!facts.value.isRegular) return { bytes: NOTHING, offset, overflow: false };
  const read = await files.read(writer.path, (size) => {
    const range = tailRange(size, offset, length);
    answer = range;
    return range;
  });
  const bytes = read.ok ? read.value : NOTHING;
  return { bytes, offset: answer.nextOffset, overflow: answer.overflow };
}

/** Follows a log from `backBytes` before its end. Fault: NO_FILE. */
export async function followLog(
  files: LogFiles,
  writer: LogWriter,
  backBytes: number,
  take: TakeBytes,
): Promise<Result<LogFollower, Fault>> {
  const start = async (): Promise<Uint8Array | null> => {
    const facts = await files.stat(writer.path);
    if (!facts.ok) return null;
    if (backBytes <= 0 || !facts.value.isRegular || !writer.keepsBytes) return NOTHING;
    const read = await files.read(writer.path, (size) => readRange(size, -backBytes, 0));
    return read.ok ? read.value : NOTHING;
  };
  const follower = await writer.follow(take, start);
  if (follower === null) return err(fault("NO_FILE", writer.path));
  return ok({ close: () => writer.unfollow(follower) });
}
