// Operations on the file of a log that take several steps, none of which waits for another process: open it, write to a stream
// (pipe, socket, terminal), shift its backups.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { rotateFailureText } from "../../../core/logs/messages.ts";
import { rotationPlan } from "../../../core/logs/rotation.ts";
import type { Errno, LogFiles, OpenLog } from "../../../ports/log-files.ts";
import type { Pipes } from "../../../ports/pipes.ts";
import type { AutoFile } from "./log-settings.ts";

interface FileToOpen {
  readonly path: string;
  /** Null for a path from the configuration. */
  readonly auto: AutoFile | null;
  readonly truncate: boolean;
}

/** Opens a log for appending, and notes that an AUTO file exists. */
export async function openFile(
  files: LogFiles,
  { path, auto, truncate }: FileToOpen,
): Promise<Result<OpenLog, Errno>> {
  const isNew = auto !== null && !auto.exists;
  const opened = await files.open(path, { isPrivate: auto !== null, isNew, truncate });
  if (opened.ok && auto !== null) auto.exists = true;
  return opened;
}

export async function createFile(
  files: LogFiles,
  path: string,
  auto: AutoFile | null,
): Promise<void> {
  const created = await openFile(files, { path, auto, truncate: false });
  if (created.ok) await files.close(created.value.fd);
}

/** Stops at the first failure, because continuing would overwrite a backup. @returns null when done, else the message */
export async function shiftBackups(
  files: LogFiles,
  path: string,
  backups: number,
): Promise<string | null> {
  for (const { from, to } of rotationPlan(path, backups)) {
    const renamed = await files.rename(from, to);
    if (!renamed.ok && renamed.error !== "ENOENT") {
      return rotateFailureText(path, renamed.error, `renaming '${from}' to '${to}'`);
    }
  }
  return null;
}

/** Writes what goes at once. @returns bytes written; 0 when there was no room and it is worth trying again */
export function writeParts(
  { files, pipes }: { readonly files: LogFiles; readonly pipes: Pipes },
  log: OpenLog,
  parts: readonly Uint8Array[],
  isUrgent: boolean,
): Promise<Result<number, Errno>> {
  if (log.kind === "stream") return writeStream(pipes, log, parts[0]);
  return files.write(log.fd, parts, isUrgent);
}

/** A stream that would make the daemon wait is asked first, and given no more than it is sure to take. */
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

/** Waits until there is room or the reader is gone. @returns the error's name when that cannot be watched */
function ready(pipes: Pipes, fd: number): Promise<Errno | null> {
  return new Promise((resolve) => {
    const writable = () => {
      pipes.unwatch(fd);
      resolve(null);
    };
    try {
      pipes.watch(fd, "write", { writable });
    } catch {
      // Not a kind of descriptor that can be watched: as far as a log goes it cannot be written.
      resolve("EBADF");
    }
  });
}
