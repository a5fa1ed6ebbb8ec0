// The files of logs. Errors are values: the name of the host's error, for example "ENOSPC". No call blocks its thread.

import type { Result } from "../core/base/result.ts";
import type { OwnerValue } from "../core/config/value-types.ts";
import type { BackupForm } from "../core/logs/backups.ts";
import type { LineFrame } from "../core/logs/line-format.ts";
import type { PieceState } from "../core/logs/line-pieces.ts";
import type { PathDiagnosis } from "../core/logs/messages.ts";
import type { FileIdentity } from "../core/snapshot/snapshot.ts";

/**
 * The kind of an open file: a regular file, which can be rotated and read back; a device such as /dev/null; or a stream (pipe,
 * socket, terminal), which may have no room and is written through `Pipes` when it is ready.
 */
type LogKind = "regular" | "device" | "stream";

/** A log that is open. */
export interface OpenLog {
  readonly fd: number;
  readonly kind: LogKind;
  /** Bytes in the file; 0 unless it is regular. */
  readonly size: number;
  /** Most bytes that a ready stream takes without blocking; Infinity when it never blocks. */
  readonly burst: number;
  /** When it was changed last, epoch milliseconds; absent for one of the daemon's own descriptors. */
  readonly changedAt?: number;
  /** What failed after the file was created; absent if nothing did. */
  readonly flaw?: { readonly of: "owner" | "mode"; readonly errno: Errno };
}

/** How a missing file is created. */
export interface LogMaking {
  /** Null for 0666 less the umask. */
  readonly mode: number | null;
  /** Null for the daemon's own user and group. */
  readonly owner: Pick<OwnerValue, "uid" | "gid"> | null;
  /** Missing directories are created: see `posix.makeLogWay`. */
  readonly makesWay: boolean;
}

export interface OpenOptions {
  /** An AUTO file: mode 0600, owned by this user, never behind a symlink, marked as in use while it is open. */
  readonly isPrivate: boolean;
  /** EEXIST if the path exists. */
  readonly isNew: boolean;
  readonly truncate: boolean;
  /** Absent for the usual owner and mode, in an existing directory. */
  readonly making?: LogMaking | undefined;
}

/** The result of a transfer. */
export interface Transfer {
  /** Bytes that were read from the pipe. */
  readonly taken: number;
  /** Bytes that were written. */
  readonly moved: number;
  /** Bytes that could not be written. */
  readonly lost: number;
  /** Why they could not be written; null if all were. */
  readonly errno: Errno | null;
  /** The state of the pipe: nothing more came for some milliseconds, no writer is left, or there may be more. */
  readonly rest: "empty" | "end" | "more";
  /** Null unless lines were formatted. */
  readonly lines: FormattedLines | null;
}

/** The end of output whose lines were formatted. */
export interface FormattedLines {
  /** The newest of the bytes that were read. */
  readonly newest: Uint8Array;
  /** To continue from. */
  readonly after: PieceState;
}

/** `last`: the program has exited. */
export type TransferMode = "flood" | "last" | "once";

export interface TransferOrder {
  /** A non-blocking pipe, which must stay open until the transfer has ended. */
  readonly pipe: number;
  /** A regular file, open for appending. */
  readonly fd: number;
  /** Bytes in it. */
  readonly position: number;
  /** Stop after the read with which this many bytes are written. */
  readonly room: number;
  /** `flood` waits some milliseconds for the next writes of the program; the others read only what is in the pipe. */
  readonly mode: TransferMode;
  /** How lines are formatted; null for output that stays as it is. The transfer ends when the time of the head is over. */
  readonly frame: LineFrame | null;
  /** Where it is noted what would be lost with the daemon: see ports/unwritten.ts. */
  readonly unwrittenAt?: number;
}

export interface FileFacts {
  readonly isRegular: boolean;
  readonly size: number;
}

/** A file that keeps its identity when it is renamed. */
export interface IdentifiedFile extends FileFacts {
  /** When it was written last, milliseconds since 1970. */
  readonly changed: number;
  /** Differs for every file that exists or existed. */
  readonly id: string;
}

/** A part of a file. */
export interface FilePart {
  /** Identity of the file: see `IdentifiedFile`. */
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
  /** Is closed at the end. */
  readonly backup: OpenBackup;
  /** The path of the copy, which must not exist. Its mode is 0600 until it is complete. */
  readonly temporary: string;
  readonly format: "gzip" | "zstd";
  /** Asked before each piece; true ends the compression with ECANCELED. */
  readonly isCancelled: () => boolean;
}

/** A compressed copy, under its temporary path. */
export interface CompressedCopy {
  /** Bytes. */
  readonly size: number;
  readonly file: FileIdentity;
}

/** An error, and the step that failed. */
export interface CompressFailure {
  readonly errno: Errno;
  readonly step: "reading" | "writing" | "compressing" | "sparse";
}

export type Errno = string;

export interface LogFiles {
  /**
   * Opens for appending; creates with mode 0666 less the umask; does not wait for a reader of a FIFO (ENXIO). As root, no
   * operation on a path follows a symlink of a user to a file that is not that user's (ELOOP).
   */
  open(path: string, options: OpenOptions): Promise<Result<OpenLog, Errno>>;
  /** Describes one of the daemon's own descriptors. */
  adopt(fd: number): Promise<Result<OpenLog, Errno>>;
  close(fd: number): Promise<void>;
  /** Writes in order at the end. @returns bytes written, possibly fewer than given */
  write(fd: number, parts: readonly Uint8Array[]): Promise<Result<number, Errno>>;
  /** Moves the bytes in a pipe to the end of a file, for a bounded time. Counts all bytes that were read. */
  transfer(order: TransferOrder): Promise<Transfer>;
  /** As `identify`, of an open file. */
  identifyOpen(fd: number): Promise<Result<IdentifiedFile, Errno>>;
  rename(from: string, to: string): Promise<Result<true, Errno>>;
  unlink(path: string): Promise<Result<true, Errno>>;
  /** Follows all symlinks. */
  stat(path: string): Promise<Result<FileFacts, Errno>>;
  /** Opens a regular file and reads the range that `choose` returns for its size. */
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
   * Makes a compressed copy of a backup with its owner, mode and times, off the calling thread, a piece at a time, and syncs it
   * to the disk. ENOSYS: this Node lacks the format. "sparse": the backup takes so little space that compression saves nothing.
   * After a failure no copy is left.
   */
  compress(order: CompressOrder): Promise<Result<CompressedCopy, CompressFailure>>;
  /** Paths of the logs with a temporary file of an interrupted compression. @param directory ends in `/` */
  leftCompressions(directory: string): Promise<Result<readonly string[], Errno>>;
  /** Removes the temporary file of a compression: a regular file without another name. ENOENT, EPERM. */
  removeLeft(path: string): Promise<Result<true, Errno>>;
  /** True if a path leads to this file, without following a symlink at its end. */
  isFile(path: string, file: FileIdentity): Promise<boolean>;
  /** Finds out why a path cannot be opened for writing. */
  diagnose(path: string, errno: Errno): Promise<PathDiagnosis>;
  /** Eight random characters, for the name of an AUTO file. */
  randomName(): string;
  /**
   * Removes regular files of this user that no daemon has in use, with their backups.
   * @param baseOf returns the name of the log that a file belongs to; null for a file that stays
   * @returns paths that could not be removed
   */
  removeIdle(
    directory: string,
    baseOf: (name: string) => string | null,
  ): Promise<Result<readonly string[], Errno>>;
}
