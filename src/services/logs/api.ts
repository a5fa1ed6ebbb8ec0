// The interface of the logs for the rest of the daemon. Contains types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/result.ts";
import type { ChannelConfig, LogLevel } from "../../core/config/model.ts";
import type { RateValue } from "../../core/config/value-types.ts";
import type { LineTime, LogFormat } from "../../core/logs/line-styles.ts";
import type { LogText } from "../../core/logs/log-text.ts";
import type { LogCount, LogMark, LogPart } from "../../core/logs/positions.ts";
import type { UnwrittenOutput } from "../../core/snapshot/recover.ts";
import type { LogsState } from "../../core/snapshot/snapshot.ts";
import type { Fault } from "../../core/xmlrpc/faults.ts";

export type ChannelName = "stdout" | "stderr";

/** The activity log. Never throws and never waits. */
export interface ActivityLog {
  /**
   * Writes `YYYY-MM-DD HH:MM:SS,mmm LEVL text` when `level` is at least the configured one.
   * @param text a string is one line: control characters in it, including line feeds, are escaped
   */
  log(level: LogLevel, text: LogText): void;
  /** True when a line of that level would be written, so that callers can avoid building expensive text. */
  enabled(level: LogLevel): boolean;
}

/** Names a log: the activity log, or one channel of a process. */
export type LogRef =
  | { readonly kind: "main" }
  | {
      readonly kind: "channel";
      readonly key: ProcessKey;
      readonly channel: ChannelName;
      /**
       * For `follow`: the file of the log, even if it differs from the program's output, or is not made yet; of a log that has
       * none, its newest output.
       */
      readonly isStored?: boolean;
    };

/** A log of a process. */
export type ChannelRef = Extract<LogRef, { readonly kind: "channel" }>;

/** Reserves memory before it is used. @returns the fault to answer with when there is too little; null when it is reserved */
export type ReserveBytes = (bytes: number) => Promise<Fault | null>;

/** The answer of tailProcess*Log: [bytes, offset to ask for next, whether bytes were skipped]. */
export interface TailResult {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly overflow: boolean;
}

/** A subscription that follows a log across rotation, clear and reopen until it is closed. */
export interface LogFollower {
  /** The position of the first byte delivered; null for a log that stores no bytes, and for a screen. */
  readonly mark: LogMark | null;
  /** Number of bytes after the requested mark that can no longer be read. */
  readonly missing: number;
  close(): void;
}

/** The present state of a file of a log. */
export interface LogFileInfo {
  /** 0 for the log itself, n for its backup n. A larger number is older. */
  readonly index: number;
  /** Bytes on the disk. */
  readonly size: number;
  /** When the file was written last, milliseconds since 1970. */
  readonly changed: number;
  /** Stays the same when the file is renamed. */
  readonly id: string;
  readonly compression: LogCompression;
}

export type LogCompression = "none" | "gzip" | "zstd";

/** The files of a log, and the daemon's count of its bytes. */
export interface ListedLog {
  /** The newest first. Empty for a log without a file: then `count` counts its newest output. */
  readonly files: readonly LogFileInfo[];
  /**
   * `start` is the offset of the first byte in the file with index 0. Null when the log was not written by this daemon, or
   * another process changed its file.
   */
  readonly count: (LogCount & { readonly start: number }) | null;
  /** Whether the daemon formats its lines. */
  readonly isFormatted: boolean;
  /** Where its file is, or will be; null for a log without one. */
  readonly path: string | null;
  /** Another process removed or renamed the file: its path names none, or not the one that the daemon has open. */
  readonly isRemoved: boolean;
  /** Whether the daemon has the file open. */
  readonly isOpen: boolean;
  /** When output without a file was written last, milliseconds since 1970; null for a log with files, and when unknown. */
  readonly changed: number | null;
}

/** A part of a file of a log. */
export interface LogFilePart {
  readonly id: string;
  /** The number under which the file was listed: the search begins there. */
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

/** How the lines of a program are formatted and limited. */
export interface LineOptions {
  readonly format: LogFormat;
  /** As configured; null for the default of the format. */
  readonly time: LineTime | null;
  readonly limit: RateValue | null;
}

/** Takes the output of a command. */
export interface AddedOutput {
  /** The bytes are good only during the call. */
  push(bytes: Uint8Array): void;
  /** Call it once. */
  end(): void;
}

/** A process whose output is (or will be) logged. */
export interface LoggedProcess {
  readonly key: ProcessKey;
  /** Name without group, as log lines show it. */
  readonly name: string;
  readonly group: string;
  readonly redirectStderr: boolean;
  /** An event listener: its stdout is a protocol, so it is neither captured nor echoed as text. */
  readonly isEventListener?: boolean;
  /** Its stdout is the daemon's side of a terminal. A read of it returns a few kilobytes, however much output there is. */
  readonly isTerminal?: boolean;
  /** How its lines are formatted; unchanged if absent. */
  readonly lines?: LineOptions;
  /** Missing directories of its logs are created. */
  readonly makesLogDirs?: boolean;
  readonly stdout: ChannelConfig;
  readonly stderr: ChannelConfig;
}

/** Passes the logs to a successor. */
export interface LogsUpgrade {
  /** Settles when all output read so far is in the files. @returns the paths of the logs that took too long */
  flushed(deadline: AbortSignal): Promise<readonly string[]>;
  /** Stops reading the output of programs. A program blocks when its pipe is full. */
  halt(): void;
  /** Reads again, or for the first time in a successor. */
  resume(): void;
  /** Says in the activity log, and in a log with a format, what was lost with a daemon that has died. */
  reportLost(output: UnwrittenOutput): void;
  /** True when all output that was read is in the files, so that `state` is complete. */
  readonly isSettled: boolean;
  /**
   * Waits until `isSettled`.
   * @param patience ends the wait for streams without room: output that they have not taken by then is part of the state
   * @returns the paths of the logs that took too long
   */
  settle(deadline: AbortSignal, patience: AbortSignal): Promise<readonly string[]>;
  state(): LogsState;
}

/** Bytes of output that were dropped, by the log or the option that had no room for them. */
export type DroppedOutput = Partial<
  Record<"log" | "journal" | "syslog" | "log_rate_limit", number>
>;

/** Output that is dropped because its log cannot be written. */
export interface LostOutput {
  readonly channel: ChannelName;
  readonly path: string;
  /** The error of the last operation that failed. */
  readonly errno: string;
  readonly bytes: number;
}

/** The output of programs and of the daemon: written in order, read back by byte offsets. */
export interface LogsApi {
  /** A group was added: names the AUTO files. Files are opened, and AUTO files created (0600), when the process is spawned. */
  addProcess(process: LoggedProcess): void;
  /** A process that is down gets other logs. A channel that has an AUTO file, and keeps one, keeps this one. */
  replaceProcess(process: LoggedProcess): void;
  /** A group was removed: forgets the process. Files stay, AUTO files too (Supervisor keeps them until its next start). */
  removeProcess(key: ProcessKey): void;
  /** The path that the log of a channel has or will have; null for no log. An AUTO file reads as empty until it exists. */
  path(key: ProcessKey, channel: ChannelName): string | null;
  /**
   * Where the file of a log has the output of the last run that has ended.
   * @returns null if it is unknown: a log without a file, another run, or another process changed the file
   */
  runPart(key: ProcessKey, channel: ChannelName, pid: number): LogPart | null;
  /** Bytes that a process wrote since the daemon started or was upgraded; null if they go nowhere. Of all its runs. */
  received(key: ProcessKey, channel: ChannelName): number | null;
  /** Output that was dropped since the daemon started or was upgraded, by what the process has of these. Of all its runs. */
  dropped(key: ProcessKey): Readonly<DroppedOutput>;
  /** The output of a running process that cannot be written at present; null if all can. */
  lost(key: ProcessKey): LostOutput | null;

  /**
   * The process was spawned: opens its logs for appending and reads `fds` into them until end of file.
   * A log that cannot be opened is reported once, with the first bad path component, and its output is dropped.
   * @param fds the daemon's non-blocking read ends; stderr is null when it is redirected to stdout
   * @param onClosed called after each descriptor is closed: at its end of file, or some time after `detach`
   */
  attach(
    key: ProcessKey,
    pid: number,
    fds: { stdout: number; stderr: number | null },
    onClosed?: (fd: number) => void,
  ): void;
  /**
   * The process was spawned by the predecessor: continues its output where the predecessor stopped.
   * @param onClosed as for `attach`
   */
  reattach(key: ProcessKey, onClosed: (fd: number) => void): void;
  /**
   * Opens the stdout log of a process, which may be down, for the output of one of its commands. Each line is written at once;
   * what is too much is dropped, and reported at the end.
   */
  openOutput(key: ProcessKey): AddedOutput;
  /** The process was reaped: reads the rest of the output in its pipes, closes the pipes, then the logs. */
  detach(key: ProcessKey): void;

  /** Supervisor's readLog rules (section 6.6), at most 8 MiB. Faults: BAD_ARGUMENTS, NO_FILE, FAILED, those of `reserve`. */
  read(
    ref: LogRef,
    offset: number,
    length: number,
    reserve?: ReserveBytes,
  ): Promise<Result<Uint8Array, Fault>>;
  /** Supervisor's tail rules (section 6.6). Without a file, the answer is empty. Faults: those of `reserve`. */
  tail(
    ref: LogRef,
    offset: number,
    length: number,
    reserve?: ReserveBytes,
  ): Promise<Result<TailResult, Fault>>;
  /** Lists the files of a log, with its backups. All output accepted before is in them. Faults: NO_FILE (main only). */
  files(ref: LogRef): Promise<Result<ListedLog, Fault>>;
  /** Reads a part of a listed file, also after it was renamed. Faults: NO_FILE when it is gone, FAILED, those of `reserve`. */
  readPart(
    ref: LogRef,
    part: LogFilePart,
    reserve?: ReserveBytes,
  ): Promise<Result<Uint8Array, Fault>>;
  /**
   * Empties a log in any state of its process. Faults: NO_FILE (main only), FAILED.
   * @param withBackups removes the backups too (logs of processes only)
   */
  clear(ref: LogRef, withBackups?: boolean): Promise<Result<true, Fault>>;
  /**
   * Rotates a log of a process now, in any state of the process. Fault: FAILED.
   * @returns false when there is nothing to rotate: the log is empty, or not a regular file
   */
  rotate(ref: ChannelRef): Promise<Result<boolean, Fault>>;
  /** Closes an open log of a process and opens its path again, because another program has moved the file away. */
  reopen(ref: ChannelRef): void;
  /**
   * Delivers the last `backBytes` bytes, then all bytes that are appended, across rotation, clear and reopen.
   * Fault: NO_FILE when there is no such log.
   * @param onBytes may return a promise to ask for a pause; for a reader that is too slow, bytes are skipped with a notice
   * @param after the mark at which an earlier subscription ended: delivery starts there, not at the last `backBytes` bytes
   */
  follow(
    ref: LogRef,
    backBytes: number,
    onBytes: (bytes: Uint8Array) => void | Promise<void>,
    after?: LogMark | null,
  ): Promise<Result<LogFollower, Fault>>;
  /**
   * As `follow`, but for the terminal of a process: delivers all bytes that the process writes, even if its log lacks some
   * (strip_ansi, capture) or does not exist. Earlier output comes from the log. Fault: NO_FILE when it has no terminal.
   */
  followScreen(
    key: ProcessKey,
    backBytes: number,
    onBytes: (bytes: Uint8Array) => void | Promise<void>,
    after?: LogMark | null,
  ): Promise<Result<LogFollower, Fault>>;
  /**
   * Looks for a line that contains a text in the output of a run of a process, from now on.
   * @param pattern `*` matches any text
   * @param found called once, possibly before this function returns, in the middle of other work
   * @returns a function that ends the search
   */
  watchLines(key: ProcessKey, pattern: string, found: () => void): () => void;
  /** Closes every open log and opens its path again (SIGUSR2, after logrotate). */
  reopenAll(): void;
  /**
   * Waits until all output accepted so far is written or dropped.
   * @param deadline ends the wait: output that is not written by then is reported on the daemon's stderr
   */
  flush(deadline?: AbortSignal): Promise<void>;
}
