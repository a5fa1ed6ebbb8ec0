// The file of one log: its descriptor and position, and the operations open, write, clear and close. Reports its errors. The
// writer (`log-writer`) decides when each operation runs, one after another; `log-rotation` rotates the file. No operation
// blocks on another process.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import type { LogLevel } from "../../../core/config/model.ts";
import type { Compression, RotationPeriod } from "../../../core/config/value-types.ts";
import { ownDescriptor } from "../../../core/logs/log-path.ts";
import {
  flawText,
  openFailureText,
  recoveredText,
  writeFailureText,
} from "../../../core/logs/messages.ts";
import type { LogCount } from "../../../core/logs/positions.ts";
import type { LogState, PositionState } from "../../../core/snapshot/snapshot.ts";
import type { Clock } from "../../../ports/clock.ts";
import type {
  Errno,
  LogFiles,
  LogMaking,
  OpenLog,
  Transfer,
  TransferOrder,
} from "../../../ports/log-files.ts";
import type { Pipes } from "../../../ports/pipes.ts";

/** Milliseconds after which output makes the log try again to open a file that could not be opened. */
export const RETRY_MS = 10 * SECOND;

/**
 * An AUTO file. It is named when its group is added, and created when its program first starts. Until then it reads as empty.
 * @remarks Created with O_EXCL, because every user may write to the directory (often /tmp).
 */
export interface AutoFile {
  exists: boolean;
  /** Called when it was created. */
  readonly created: () => void;
}

/** The settings of a log by its holder. */
export interface LogSettings {
  /** The owner of the log, for messages: `'web' stdout`. */
  readonly what: string;
  /** Null for a path from the configuration. */
  readonly auto: AutoFile | null;
  readonly maxBytes: number;
  readonly backups: number;
  /** The period of rotation by time; null for rotation by size alone. */
  readonly rotate: RotationPeriod | null;
  readonly compress: Compression;
  /** How a missing file is created; undefined for the usual way. */
  readonly making: LogMaking | undefined;
  /** How long output may wait in memory for more, milliseconds; 0 for not at all. */
  readonly flushMs: number;
  /** Counts output that was dropped. */
  readonly dropped?: (bytes: number) => void;
}

/** The settings of a log that no process has opened, and most of those of the daemon's own logs. */
export const DEFAULT_SETTINGS: LogSettings = {
  ...{ what: "unknown", auto: null, maxBytes: 0, backups: 0, flushMs: 0 },
  ...{ rotate: null, compress: "none", making: undefined },
};

export type ReportError = (path: string, level: LogLevel, text: string) => void;

/** Shared by all files. */
export interface FileDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly clock: Clock;
  readonly report: ReportError;
  /** Gets the size of the log, for max_total; null for no limit. */
  readonly total: { sized(path: string, bytes: number): void } | null;
  /** Called when one of the daemon's own descriptors cannot be written: once per episode and error, after the report. */
  readonly ownFailed: (fd: 1 | 2, errno: Errno) => void;
}

/** Is called when the file is opened or closed. */
export interface FileWatcher {
  /** The file was opened, and its size is known. */
  opened(log: OpenLog): void;
  /** The file was to be opened, and is open already: since before this daemon, or since before it got its settings. */
  wasOpen(): void;
  /** The file is about to be closed. */
  closes(): void;
}

/** The state of an open file for the successor, without its rotation. */
type OpenState = Omit<NonNullable<LogState["file"]>, "rotateAt" | "period">;

/** An episode in which the log cannot be written: the error that was reported last, and the bytes lost. */
type LogError = NonNullable<LogState["error"]>;

export class LogFile {
  readonly path: string;
  readonly position = new LogPosition();
  readonly #deps: FileDeps;
  /** One of the daemon's own descriptors, which is never opened, closed or rotated here; null for a file. */
  readonly #own: 1 | 2 | null;
  #settings = DEFAULT_SETTINGS;
  /** Null while the file is closed. */
  #log: OpenLog | null = null;
  #error: LogError | null = null;
  /** When opening last failed, monotonic milliseconds; null if the last attempt succeeded. */
  #triedAt: number | null = null;
  #watcher: FileWatcher | null = null;

  constructor(path: string, deps: FileDeps) {
    this.path = path;
    this.#deps = deps;
    this.#own = ownDescriptor(path);
  }

  watch(watcher: FileWatcher): void {
    this.#watcher = watcher;
  }

  get isOpen(): boolean {
    return this.#log !== null;
  }

  /** True for a stream, which takes bytes only when it is ready: a pipe, socket or terminal. */
  get isStream(): boolean {
    return this.#log?.kind === "stream";
  }

  /** True for an open regular file: it can be rotated, and a transfer can write to it. */
  get isRegular(): boolean {
    return this.#log?.kind === "regular" && this.#own === null;
  }

  get isOwn(): boolean {
    return this.#own !== null;
  }

  get settings(): LogSettings {
    return this.#settings;
  }

  /** How long output may wait in memory, milliseconds; 0 unless a regular file is open. */
  get flushMs(): number {
    return this.isRegular ? this.#settings.flushMs : 0;
  }

  configure(settings: LogSettings): void {
    this.#settings = settings;
  }

  /** The current episode in which the file cannot be written; null if there is none. */
  get error(): LogError | null {
    return this.#error;
  }

  /** For the successor. Null for a closed file and for one of the daemon's own descriptors. */
  get state(): OpenState | null {
    if (this.#log === null || this.isOwn) return null;
    const { fd, kind, burst } = this.#log;
    return { fd, kind, burst, ...this.position.state };
  }

  /** Continues with the file and the error of the predecessor. */
  restore(file: OpenState | null, error: LogError | null): void {
    this.#error = error;
    if (file === null) return;
    const { fd, kind, burst, position } = file;
    this.position.restore(file);
    this.#log = { fd, kind, burst, size: position };
    this.#beginCount();
  }

  /** Opens the file unless it is open. Reports an error. */
  async open(): Promise<void> {
    if (this.#log !== null) {
      this.#sized();
      this.#watcher?.wasOpen();
      return;
    }
    this.#triedAt = this.#deps.clock.now().mono;
    const opened = await this.tryOpen();
    if (opened.ok) this.#triedAt = null;
    if (opened.ok || this.#error?.errno === opened.error) return;
    const diagnosis = await this.#deps.files.diagnose(this.path, opened.error);
    const { what } = this.#settings;
    this.#failed(opened.error, openFailureText(what, this.path, opened.error, diagnosis));
  }

  /** Opens the file unless opening failed less than `RETRY_MS` ago. */
  async retryOpen(): Promise<void> {
    const since = this.#triedAt;
    if (since === null || this.#deps.clock.now().mono - since >= RETRY_MS) await this.open();
  }

  /** As `open`, but reports nothing. */
  async tryOpen(truncate = false): Promise<Result<true, Errno>> {
    if (this.#log !== null) return ok(true);
    const { files, report } = this.#deps;
    const { auto, what } = this.#settings;
    const opened =
      this.#own === null ? await this.#openPath(auto, truncate) : await files.adopt(this.#own);
    if (!opened.ok) return opened;
    const log = opened.value;
    this.#log = log;
    if (truncate) this.position.restart(log.size);
    else this.position.found(log.size);
    if (log.flaw !== undefined) report(this.path, "WARN", flawText(what, this.path, log.flaw));
    this.#sized();
    this.#watcher?.opened(log);
    this.#beginCount();
    return ok(true);
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = null;
    this.#watcher?.closes();
    if (log !== null && this.#own === null) await this.#deps.files.close(log.fd);
  }

  /** Writes as much as possible at once. @returns bytes written, 0 to try again; null after an error, which was reported */
  async write(parts: readonly Uint8Array[]): Promise<number | null> {
    const { files, pipes } = this.#deps;
    const log = this.#log;
    let written: Result<number, Errno> = err("EBADF");
    if (log?.kind === "stream") written = await writeStream(pipes, log, parts[0]);
    else if (log !== null) written = await files.write(log.fd, parts);
    if (!written.ok) {
      await this.#writeFailed(written.error);
      return null;
    }
    this.#advance(written.value);
    if (written.value > 0 && this.#error !== null) {
      const { lost } = this.#error;
      this.#error = null;
      const text = recoveredText(this.#settings.what, this.path, lost);
      this.#deps.report(this.path, "INFO", text);
    }
    return written.value;
  }

  /** Counts output that could not be written. */
  lose(bytes: number): void {
    this.#settings.dropped?.(bytes);
    if (this.#error === null) return;
    this.#error = { ...this.#error, lost: this.#error.lost + bytes };
  }

  /** Moves output from a pipe to the end of the open file. */
  async transfer(order: Omit<TransferOrder, "fd" | "position">): Promise<Transfer> {
    const fd = this.#log?.fd;
    const { position } = this.position.state;
    const transfer: Transfer =
      fd === undefined
        ? { taken: 0, moved: 0, lost: 0, errno: "EBADF", rest: "more", lines: null }
        : await this.#deps.files.transfer({ ...order, fd, position });
    this.#advance(transfer.moved);
    if (transfer.errno !== null) {
      await this.#writeFailed(transfer.errno);
      this.lose(transfer.lost);
    }
    return transfer;
  }

  /** Reads the size of the file: another program may have truncated it (copytruncate). */
  async measure(): Promise<void> {
    if (this.#log === null) return;
    const facts = await this.#deps.files.identifyOpen(this.#log.fd);
    if (facts.ok) this.position.found(facts.value.size);
    this.#sized();
  }

  /** The identity of the open file; null when it is closed, or no regular file. */
  async identity(): Promise<string | null> {
    if (this.#log === null || !this.isRegular) return null;
    const facts = await this.#deps.files.identifyOpen(this.#log.fd);
    return facts.ok ? facts.value.id : null;
  }

  /** Unlinks the file and creates an empty one, open if the old one was. Does nothing for streams and devices. */
  async clear(auto: AutoFile | null): Promise<Result<true, Errno>> {
    const { files } = this.#deps;
    const facts = await files.stat(this.path);
    if (facts.ok && !facts.value.isRegular) return ok(true);
    const wasOpen = this.isOpen;
    await this.close();
    const removed = await files.unlink(this.path);
    if (!removed.ok) return removed.error === "ENOENT" ? ok(true) : removed;
    this.position.found(0);
    this.#sized();
    if (wasOpen) {
      await this.tryOpen();
    } else {
      const created = await this.#openPath(auto, false);
      if (created.ok) await files.close(created.value.fd);
    }
    return ok(true);
  }

  /** Opens the path for appending, and notes that an AUTO file exists: before anything is written to it. */
  async #openPath(auto: AutoFile | null, truncate: boolean): Promise<Result<OpenLog, Errno>> {
    const { making } = this.#settings;
    const isNew = auto !== null && !auto.exists;
    const opened = await this.#deps.files.open(this.path, {
      ...{ isPrivate: auto !== null, isNew, truncate },
      ...(making === undefined ? {} : { making }),
    });
    if (opened.ok && isNew) {
      auto.exists = true;
      auto.created();
    }
    return opened;
  }

  #advance(bytes: number): void {
    this.position.advance(bytes);
    this.#sized();
  }

  #sized(): void {
    if (this.isRegular || this.#log === null) {
      this.#deps.total?.sized(this.path, this.position.bytes);
    }
  }

  /** Starts to count the bytes of a file that can be read back. */
  #beginCount(): void {
    if (!this.isRegular) return;
    this.position.counted(this.position.bytes, () => this.#deps.files.randomName());
  }

  /** Begins an episode, or continues it: the error is reported unless it was reported last. @returns whether it was reported */
  #failed(errno: Errno, text: string): boolean {
    const isReported = this.#error?.errno === errno;
    this.#error = { errno, lost: this.#error?.lost ?? 0 };
    if (!isReported) this.#deps.report(this.path, "ERRO", text);
    return !isReported;
  }

  async #writeFailed(errno: Errno): Promise<void> {
    const isNews = this.#failed(errno, writeFailureText(this.#settings.what, this.path, errno));
    if (this.#own !== null) {
      if (isNews) this.#deps.ownFailed(this.#own, errno);
      return;
    }
    if (errno !== "EPIPE") return;
    // A FIFO without a reader must be opened again to reach the next reader.
    await this.close();
    this.#triedAt = this.#deps.clock.now().mono;
  }
}

/**
 * The position of one log: the offset in its file, and the count of all its bytes for clients that follow it. Counting starts
 * when the log is opened.
 */
class LogPosition {
  #bytes = 0;
  #count: LogCount | null = null;

  /** Bytes in the file, as far as is known. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): LogCount | null {
    return this.#count;
  }

  /** Continues at the position of the predecessor, or at which the log was closed. */
  restore({ position, count }: PositionState): void {
    this.#bytes = position;
    this.#count = count;
  }

  get state(): PositionState {
    return { position: this.#bytes, count: this.#count };
  }

  /** Starts to count, unless that was done. @param size bytes written so far @param epoch returns a name for the count */
  counted(size: number, epoch: () => string): LogCount {
    this.#count ??= { epoch: epoch(), written: size, kept: 0 };
    return this.#count;
  }

  advance(bytes: number): void {
    this.#bytes += bytes;
    if (this.#count === null || bytes === 0) return;
    this.#count = { ...this.#count, written: this.#count.written + bytes };
  }

  /** The file has this size. If it differs from the last known size, the file was replaced, or changed by another process. */
  found(size: number): void {
    if (size !== this.#bytes) this.forgetEarlier();
    this.#bytes = size;
  }

  /** The file is a new one. The bytes written before are in the backups. */
  restart(size: number): void {
    this.#bytes = size;
  }

  /** Bytes written up to now may no longer be readable. */
  forgetEarlier(): void {
    if (this.#count !== null) this.#count = { ...this.#count, kept: this.#count.written };
  }
}

/**
 * Writes to a pipe, socket or terminal. A stream that could block is polled first, and gets no more than it takes then without
 * blocking.
 * @returns bytes written; 0 to try again, because there was no room
 */
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
