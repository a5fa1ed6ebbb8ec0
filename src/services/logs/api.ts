// Interface of the logs for the rest of the daemon: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/result.ts";
import type { ChannelConfig, LogLevel } from "../../core/config/model.ts";
import type { RateValue } from "../../core/config/value-types.ts";
import type { LogsState } from "../../core/handover/model.ts";
import type { LineTime, LogFormat } from "../../core/logs/line-styles.ts";
import type { LogText } from "../../core/logs/log-text.ts";
import type { LogCount, LogMark } from "../../core/logs/mark.ts";
import type { Fault } from "../../core/xmlrpc/faults.ts";

export type ChannelName = "stdout" | "stderr";

/** The daemon's own log. Never throws, never waits. */
export interface ActivityLog {
  /**
   * Writes `YYYY-MM-DD HH:MM:SS,mmm LEVL text` when `level` is at least the configured one.
   * @param text a string is one line: control characters in it, line feeds too, are spelt
   */
  log(level: LogLevel, text: LogText): void;
  /** True when a line of that level would be written: lets callers skip building expensive text. */
  enabled(level: LogLevel): boolean;
}

/** Which log: the daemon's own, or one channel of a process. */
export type LogRef =
  | { readonly kind: "main" }
  | {
      readonly kind: "channel";
      readonly key: ProcessKey;
      readonly channel: ChannelName;
      /** For `follow`: the file of the log, even if it does not hold what the program wrote. Without a file, its newest output. */
      readonly isStored?: boolean;
    };

/** A log of a process. */
export type ChannelRef = Extract<LogRef, { readonly kind: "channel" }>;

/** Reserves memory before it is used. @returns the fault to answer if there is none */
export type ReserveBytes = (bytes: number) => Promise<Fault | null>;

/** [bytes, offset to ask for next, whether something was skipped], as tailProcess*Log answers. */
export interface TailResult {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly overflow: boolean;
}

/** A subscription that follows a log across rotation, clear and reopen until it is closed. */
export interface LogFollower {
  /** Where the first byte stands that was delivered; null for what keeps no bytes, and for screens. */
  readonly mark: LogMark | null;
  /** Bytes after the mark that was asked for which cannot be had any more. */
  readonly missing: number;
  close(): void;
}

/** A file of a log, now. */
export interface LogFileInfo {
  /** 0 for the log itself, n for its backup n: a larger one is older. */
  readonly index: number;
  /** Bytes on the disk. */
  readonly size: number;
  /** When it was written last, milliseconds since 1970. */
  readonly changed: number;
  /** Stays the same when the file is renamed. */
  readonly id: string;
  readonly compression: LogCompression;
}

export type LogCompression = "none" | "gzip" | "zstd";

/** The files of a log, and when they were written as far as that is known. */
export interface LogInventory {
  /** The newest first. Empty for a log of which no file is kept: the count is of its newest output then. */
  readonly files: readonly LogFileInfo[];
  /** Null when the log was not written by this daemon, or another process changed its file. */
  readonly times: {
    readonly count: LogCount;
    /** Of the first byte in the file with index 0, as `count` counts. */
    readonly start: number;
    /** See `TimeMarks.pairs`; none for output without a file. */
    readonly marks: readonly number[];
  } | null;
}

/** A part of a file of a log. */
export interface LogFilePart {
  readonly id: string;
  /** Where the file was found: it is looked for there first. */
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

/** How the lines of a program are written. */
export interface LineOptions {
  readonly format: LogFormat;
  /** As configured. */
  readonly time: LineTime | null;
  readonly limit: RateValue | null;
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
  /** Its stdout is our side of a terminal, which gives a few kilobytes at a time however much is there. */
  readonly isTerminal?: boolean;
  /** How its lines are written; as they come, if that is not given. */
  readonly lines?: LineOptions;
  /** Missing directories of its logs are made. */
  readonly makesLogDirs?: boolean;
  readonly stdout: ChannelConfig;
  readonly stderr: ChannelConfig;
}

/** Logs between two daemons. */
export interface LogsHandover {
  /** Settles when all that was read until now is in the files. @returns the paths of the logs that took too long */
  flushed(deadline: AbortSignal): Promise<readonly string[]>;
  /** Stops reading the output of programs, which wait then when their pipes are full. */
  halt(): void;
  /** Reads again, or for the first time after taking over. */
  resume(): void;
  /** Everything that was read is in the files, so that `state` is the truth. */
  readonly isSettled: boolean;
  /**
   * Waits for that.
   * @param patience how long streams without room are waited for; what they did not take by then is part of the state
   * @returns the paths of the logs that took too long
   */
  settle(deadline: AbortSignal, patience: AbortSignal): Promise<readonly string[]>;
  state(): LogsState;
}

/** Output that is being dropped, because its log cannot be written. */
export interface LostOutput {
  readonly channel: ChannelName;
  readonly path: string;
  /** Of the last operation that failed. */
  readonly errno: string;
  readonly bytes: number;
}

/** Output of children and of the daemon: written in order, read back by byte offsets. */
export interface LogsApi {
  /** Group added: names AUTO files. All files are opened, and AUTO ones made (0600), when their process is spawned. */
  addProcess(process: LoggedProcess): void;
  /** Group removed: forgets the process. The file stays, an AUTO file too (Supervisor keeps it until next start). */
  removeProcess(key: ProcessKey): void;
  /** The path a channel's log has or will have; null when there is none. An AUTO file reads as empty until it is there. */
  path(key: ProcessKey, channel: ChannelName): string | null;
  /** The output of a running process that cannot be written at present; null if it can. */
  lost(key: ProcessKey): LostOutput | null;

  /**
   * The process was spawned: opens its logs (append) and reads `fds` into them until end of file.
   * A log that cannot be opened is reported once, with the first bad path component, and its output is dropped.
   * @param fds parent's non-blocking read ends; stderr is null when it goes to stdout
   * @param onClosed called right after each of them was closed: at its end of file, or some time after `detach`
   */
  attach(
    key: ProcessKey,
    pid: number,
    fds: { stdout: number; stderr: number | null },
    onClosed?: (fd: number) => void,
  ): void;
  /**
   * The process was spawned by the daemon that this one took over from: its output continues where that left off.
   * @param onClosed as for `attach`
   */
  reattach(key: ProcessKey, onClosed: (fd: number) => void): void;
  /** The process was reaped: takes what is still in the pipes, closes them, then the logs. */
  detach(key: ProcessKey): void;

  /** Supervisor's readLog rules (section 6.6), 8 MiB at most. Faults: BAD_ARGUMENTS, NO_FILE, FAILED, and `reserve`'s. */
  read(
    ref: LogRef,
    offset: number,
    length: number,
    reserve?: ReserveBytes,
  ): Promise<Result<Uint8Array, Fault>>;
  /** Supervisor's tail rules (section 6.6); no file is an empty answer. Faults: `reserve`'s. */
  tail(
    ref: LogRef,
    offset: number,
    length: number,
    reserve?: ReserveBytes,
  ): Promise<Result<TailResult, Fault>>;
  /** The files of a log, its backups too. Output that was accepted before is in them. Faults: NO_FILE (main only). */
  files(ref: LogRef): Promise<Result<LogInventory, Fault>>;
  /** Reads a part of one of them, whatever its name is by now. Faults: NO_FILE when it is gone, FAILED, and `reserve`'s. */
  readPart(
    ref: LogRef,
    part: LogFilePart,
    reserve?: ReserveBytes,
  ): Promise<Result<Uint8Array, Fault>>;
  /**
   * Empties a log in any state of its process. Faults: NO_FILE (main only), FAILED.
   * @param withBackups of a process: what was rotated away is removed too
   */
  clear(ref: LogRef, withBackups?: boolean): Promise<Result<true, Fault>>;
  /**
   * Rotates a log of a process at once, in any state of it. Fault: FAILED.
   * @returns whether there was anything to rotate: an empty log stays, and so does what is no file
   */
  rotate(ref: ChannelRef): Promise<Result<boolean, Fault>>;
  /** Closes and opens a log of a process by its path again, if it is open: another program has moved it away. */
  reopen(ref: ChannelRef): void;
  /**
   * Delivers the last `backBytes` bytes, then whatever is appended, surviving rotation, clear and reopen.
   * Fault: NO_FILE when there is no such log.
   * @param onBytes may return a promise to ask for a pause; a reader too slow for long has bytes skipped, with a notice
   * @param after where an earlier subscription ended: what was written since then is delivered instead of the end
   */
  follow(
    ref: LogRef,
    backBytes: number,
    onBytes: (bytes: Uint8Array) => void | Promise<void>,
    after?: LogMark | null,
  ): Promise<Result<LogFollower, Fault>>;
  /**
   * As `follow`, but the terminal of a process: what it writes, although its log may lack the half of it (strip_ansi,
   * capture) or not exist. What was there before is what the log has of it. Fault: NO_FILE when it has no terminal.
   */
  followScreen(
    key: ProcessKey,
    backBytes: number,
    onBytes: (bytes: Uint8Array) => void | Promise<void>,
    after?: LogMark | null,
  ): Promise<Result<LogFollower, Fault>>;
  /**
   * Looks for a line that contains a text, in what the run of a process prints from now on.
   * @param pattern `*` stands for anything
   * @param found called once, perhaps before this returns, in the middle of other work
   * @returns ends it
   */
  watchLines(key: ProcessKey, pattern: string, found: () => void): () => void;
  /** Closes and reopens every open log by path (SIGUSR2, after logrotate). */
  reopenAll(): void;
  /**
   * Waits until everything accepted so far is written or given up on.
   * @param deadline ends the waiting: output that is not written by then is reported on the daemon's stderr
   */
  flush(deadline?: AbortSignal): Promise<void>;
}
