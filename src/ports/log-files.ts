// The files behind logs. All answers are values: a host error is its name, for example "ENOSPC". Nothing here waits on the
// calling thread.

import type { Result } from "../core/base/result.ts";
import type { OwnerValue } from "../core/config/value-types.ts";
import type { BackupForm } from "../core/logs/backups.ts";
import type { PathDiagnosis } from "../core/logs/messages.ts";
import type { FileIdentity } from "../core/snapshot/snapshot.ts";

/**
 * What a descriptor leads to: a regular file (can be rotated, read back), a device such as /dev/null, or a stream
 * that may have no room (pipe, socket, terminal) and is written through `Pipes` when it is ready.
 */
type LogKind = "regular" | "device" | "stream";

/** A log that is open. */
export interface OpenLog {
  readonly fd: number;
  readonly kind: LogKind;
  /** Bytes already there; 0 for anything but a regular file. */
  readonly size: number;
  /** Most bytes that a ready stream is sure to take without waiting; Infinity when it never waits. */
  readonly burst: number;
  /** When it was changed last, epoch milliseconds; null where that was not asked for. */
  readonly changedAt?: number | null;
  /** What could not be done for a file that was made; absent when all was. */
  readonly flaw?: { readonly of: "owner" | "mode"; readonly errno: Errno };
}

/** How a file is made that is missing. */
export interface LogMaking {
  /** Null for 0666 less the umask. */
  readonly mode: number | null;
  /** Null for the daemon's own user and group. */
  readonly owner: OwnerValue | null;
  /** Missing directories are made: see `posix.makeLogWay`. */
  readonly makesWay: boolean;
}

export interface OpenOptions {
  /** An AUTO file: 0600, ours alone, never through a symlink, marked as in use while it is open. */
  readonly isPrivate: boolean;
  /** Nothing may be there yet: EEXIST otherwise. */
  readonly isNew: boolean;
  readonly truncate: boolean;
  /** Absent for a file as programs usually make them, in a directory that exists. */
  readonly making?: LogMaking | undefined;
  /** `changedAt` is wanted. */
  readonly asksAge?: boolean;
}

/** What a transfer came to. */
export interface Transfer {
  /** Bytes that are in the file now. */
  readonly moved: number;
  /** Bytes that were taken from the pipe and could not be written. */
  readonly lost: number;
  /** Why they could not, or why it could not continue. */
  readonly errno: Errno | null;
  /** The pipe after it: nothing more came for a moment, no writer is left, or there may be more. */
  readonly rest: "empty" | "end" | "more";
}

export interface TransferOrder {
  /** A non-blocking pipe, which must stay open until the answer. */
  readonly pipe: number;
  /** A regular file that is open for appending. */
  readonly fd: number;
  /** Stop after the read that reaches this many bytes. */
  readonly room: number;
  /** Take what is there and no more; else the next writes of the program are waited for, a moment. */
  readonly isLast: boolean;
}

export interface FileFacts {
  readonly isRegular: boolean;
  readonly size: number;
}

/** A file that keeps its identity when it is renamed. */
export interface IdentifiedFile extends FileFacts {
  /** When it was written last, milliseconds since 1970. */
  readonly changed: number;
  /** Differs for every file that there is or was. */
  readonly id: string;
}

/** A part of a file. */
export interface FilePart {
  /** Of the file that is meant. */
  readonly id: string;
  readonly start: number;
  readonly length: number;
}

/** A file that was rotated away. */
export interface BackupFacts {
  /** 1 for the newest. */
  readonly index: number;
  readonly form: BackupForm;
  /** Bytes. */
  readonly size: number;
  /** When it was written last, epoch milliseconds. */
  readonly changedAt: number;
}

/** A backup that is open for reading, whatever its name becomes. */
export interface OpenBackup {
  readonly fd: number;
  readonly file: FileIdentity;
}

export interface CompressOrder {
  /** Closed when it is over. */
  readonly backup: OpenBackup;
  /** Where the compressed file is made, which must not exist: 0600 until it is complete. */
  readonly temporary: string;
  readonly format: "gzip" | "zstd";
  /** Asked before so many bytes are written; false ends it with ECANCELED. */
  readonly mayWrite: (bytes: number) => boolean | Promise<boolean>;
}

/** A compressed copy, under its temporary path. */
export interface CompressedCopy {
  /** Bytes. */
  readonly size: number;
  readonly file: FileIdentity;
}

/** What failed, and while what was done. */
export interface CompressFailure {
  readonly errno: Errno;
  readonly step: "reading" | "writing" | "compressing" | "sparse";
}

export type Errno = string;

export interface LogFiles {
  /**
   * Opens for appending, creating with 0666 less the umask; never waits for a reader of a FIFO (ENXIO). As root, this
   * and what else is done by path follows no link of a user's to what is not that user's (ELOOP).
   */
  open(path: string, options: OpenOptions): Promise<Result<OpenLog, Errno>>;
  /** Describes one of the daemon's own descriptors, which is used as it is. */
  adopt(fd: number): Promise<Result<OpenLog, Errno>>;
  close(fd: number): Promise<void>;
  /**
   * Writes in order at the end, one write of a descriptor at a time.
   * @param isUrgent something waits for it: it is not gathered with others
   * @returns bytes written, possibly fewer than given
   */
  write(
    fd: number,
    parts: readonly Uint8Array[],
    isUrgent: boolean,
  ): Promise<Result<number, Errno>>;
  /** Moves what is in a pipe to the end of a file, for a bounded time. Nothing that was read is forgotten. */
  transfer(order: TransferOrder): Promise<Transfer>;
  size(fd: number): Promise<Result<number, Errno>>;
  /** Empties an open file. */
  truncate(fd: number): Promise<Result<true, Errno>>;
  rename(from: string, to: string): Promise<Result<true, Errno>>;
  unlink(path: string): Promise<Result<true, Errno>>;
  /** Follows links, all of them. */
  stat(path: string): Promise<Result<FileFacts, Errno>>;
  /** Opens a regular file, lets `choose` pick a range from its size, reads that. */
  read(
    path: string,
    choose: (size: number) => { readonly start: number; readonly length: number } | null,
  ): Promise<Result<Uint8Array, Errno>>;
  /** As `stat`, with the identity. */
  identify(path: string): Promise<Result<IdentifiedFile, Errno>>;
  /**
   * Reads a part of a regular file; less at its end.
   * @returns "ESTALE" when the path leads to another file
   */
  readPart(path: string, part: FilePart): Promise<Result<Uint8Array, Errno>>;
  /** The regular files among NAME.1 to NAME.`most`, in all forms, the newest first. */
  backups(path: string, most: number): Promise<Result<readonly BackupFacts[], Errno>>;
  /** Opens a backup for reading. EPERM: not a regular file, or one that has other names too. */
  openBackup(path: string): Promise<Result<OpenBackup, Errno>>;
  /**
   * Makes a compressed copy of a backup with its owner, mode and times, off the calling thread, a piece at a time, and has the disk
   * keep it. ENOSYS: the format is not known here. "sparse": it takes so little of the disk that there is nothing to save. After a failure nothing is left.
   * @returns the copy
   */
  compress(order: CompressOrder): Promise<Result<CompressedCopy, CompressFailure>>;
  /** The logs in a directory, named with it, of which an interrupted compression has left something. @param directory ends in `/` */
  leftCompressions(directory: string): Promise<Result<readonly string[], Errno>>;
  /** Removes a regular file that has no other name: what was left of a compression. ENOENT, EPERM. */
  removeLeft(path: string): Promise<Result<true, Errno>>;
  /** True if a path leads to that very file, without following a link at its end. */
  isFile(path: string, file: FileIdentity): Promise<boolean>;
  /** What all directories on one file system have in common; null if it is not known. Not answered while it hangs. */
  fileSystemOf(directory: string): Promise<number | null>;
  /** Finds out why a path cannot be opened for writing. */
  diagnose(path: string, errno: Errno): Promise<PathDiagnosis>;
  /** Eight unguessable characters, for the name of an AUTO file. */
  randomName(): string;
  /**
   * Removes our own regular files that no daemon has in use, with their backups.
   * @param baseOf the name of the log that a file is a part of; null for a file that stays
   * @returns paths that could not be removed
   */
  removeIdle(
    directory: string,
    baseOf: (name: string) => string | null,
  ): Promise<Result<readonly string[], Errno>>;
}
