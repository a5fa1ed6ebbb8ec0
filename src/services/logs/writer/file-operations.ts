// Operations on the file of a log that take several steps: open, create, and write, also to a stream (pipe, socket, terminal).
// No step blocks on another process.

import { err, ok, type Result } from "../../../core/base/result.ts";
import type { RotationPeriod } from "../../../core/config/value-types.ts";
import type { Errno, LogFiles, LogMaking, OpenLog } from "../../../ports/log-files.ts";
import type { Pipes } from "../../../ports/pipes.ts";
import type { AutoFile } from "./log-settings.ts";

interface FileToOpen {
  readonly path: string;
  /** Null for a path from the configuration. */
  readonly auto: AutoFile | null;
  readonly truncate: boolean;
  readonly making: LogMaking | undefined;
  /** The period of rotation by time; null for none. */
  readonly rotate: RotationPeriod | null;
}

/** Opens a log for appending, and notes that an AUTO file exists. */
export async function openFile(
  files: LogFiles,
  { path, auto, truncate, making, rotate }: FileToOpen,
): Promise<Result<OpenLog, Errno>> {
  const isNew = auto !== null && !auto.exists;
  const usual = { isPrivate: auto !== null, isNew, truncate };
  const asksAge = rotate === null ? {} : { asksAge: true };
  const made = making === undefined ? {} : { making };
  const opened = await files.open(path, { ...usual, ...made, ...asksAge });
  if (opened.ok && auto !== null) auto.exists = true;
  return opened;
}

export async function createFile(
  files: LogFiles,
  path: string,
  how: Pick<FileToOpen, "auto" | "making">,
): Promise<void> {
  const created = await openFile(files, { path, truncate: false, rotate: null, ...how });
  if (created.ok) await files.close(created.value.fd);
}

/** Writes as much as possible at once. @returns bytes written; 0 to try again, because there was no room */
export function writeParts(
  { files, pipes }: { readonly files: LogFiles; readonly pipes: Pipes },
  log: OpenLog,
  parts: readonly Uint8Array[],
  isUrgent: boolean,
): Promise<Result<number, Errno>> {
  if (log.kind === "stream") return writeStream(pipes, log, parts[0]);
  return files.write(log.fd, parts, isUrgent);
}

/** Writes to a stream. A stream that could block is polled first, and gets no more than it takes then without blocking. */
async function writeStream(
  pipes: Pipes,
  { fd, burst }: OpenLog,
  bytes: Uint8Array | undefined,
): Promise<Result<number, Errno>> {
  if (bytes === undefined) return ok(0);
  const mayBlock = burst !== Infinity;
  if (mayBlock) {
    const failed = await ready(pipes, fd);
    if (failed !== null) return err(failed);
  }
  const taken = pipes.write(fd, bytes.length > burst ? bytes.subarray(0, burst) : bytes);
  if (taken === "closed") return err("EPIPE");
  if (taken > 0 || mayBlock) return ok(taken);
  const failed = await ready(pipes, fd);
  return failed === null ? ok(0) : err(failed);
}

/** Waits until there is room or the reader is gone. @returns the error's name when the descriptor cannot be polled */
function ready(pipes: Pipes, fd: number): Promise<Errno | null> {
  return new Promise((resolve) => {
    const writable = () => {
      pipes.unwatch(fd);
      resolve(null);
    };
    try {
      pipes.watch(fd, "write", { writable });
    } catch {
      // This kind of descriptor cannot be polled, so a log cannot be written to it.
      resolve("EBADF");
    }
  });
}
