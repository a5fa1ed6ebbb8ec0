// The file of one log: its descriptor and position, and the operations open, write, clear and close. Reports its errors. The
// writer (`log-writer`) decides when each operation runs, one after another; `log-rotation` rotates the file.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import { ownDescriptor } from "../../../core/logs/log-path.ts";
import {
  flawText,
  openFailureText,
  recoveredText,
  writeFailureText,
} from "../../../core/logs/messages.ts";
import type { LogState } from "../../../core/snapshot/snapshot.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Errno, LogFiles, OpenLog, Transfer } from "../../../ports/log-files.ts";
import type { Pipes } from "../../../ports/pipes.ts";
import { createFile, openFile, writeParts } from "./file-operations.ts";
import { LogErrors, type ReportError } from "./log-errors.ts";
import { LogPosition } from "./log-position.ts";
import { type AutoFile, DEFAULT_SETTINGS, type LogSettings } from "./log-settings.ts";
import type { TotalLimit } from "./total-limit.ts";

/** Milliseconds after which output makes the log try again to open a file that could not be opened. */
export const RETRY_MS = 10 * SECOND;

/** Shared by all files. */
export interface FileDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly clock: Clock;
  readonly report: ReportError;
  /** Null for no limit. */
  readonly total: TotalLimit | null;
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

export class LogFile {
  readonly path: string;
  readonly position = new LogPosition();
  readonly #deps: FileDeps;
  /** One of the daemon's own descriptors, which is never opened, closed or rotated here; null for a file. */
  readonly #own: 1 | 2 | null;
  readonly #errors: LogErrors;
  #settings = DEFAULT_SETTINGS;
  /** Null while the file is closed. */
  #log: OpenLog | null = null;
  /** When opening last failed, monotonic milliseconds; null if the last attempt succeeded. */
  #triedAt: number | null = null;
  #watcher: FileWatcher | null = null;

  constructor(path: string, deps: FileDeps) {
    this.path = path;
    this.#deps = deps;
    this.#own = ownDescriptor(path);
    this.#errors = new LogErrors(path, deps.report);
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

  /** The last operation failed, and its error was reported. */
  get hasFailed(): boolean {
    return this.#errors.state !== null;
  }

  get settings(): LogSettings {
    return this.#settings;
  }

  /** True if max_total limits the log. */
  get counts(): boolean {
    return this.isRegular && this.#deps.total?.has(this.path) === true;
  }

  /** How long output may wait in memory, milliseconds; 0 unless a regular file is open. */
  get flushMs(): number {
    return this.isRegular ? this.#settings.flushMs : 0;
  }

  configure(settings: LogSettings): void {
    this.#settings = settings;
  }

  /** The current episode in which the file cannot be written; null if there is none. */
  get trouble(): LogState["trouble"] {
    return this.#errors.state;
  }

  /** For the successor. Null for a closed file and for one of the daemon's own descriptors. */
  get state(): OpenState | null {
    if (this.#log === null || this.isOwn) return null;
    const { fd, kind, burst } = this.#log;
    return { fd, kind, burst, ...this.position.state };
  }

  /** Continues with the file of the predecessor. */
  restore(file: OpenState | null, trouble: LogState["trouble"]): void {
    this.#errors.restore(trouble);
    if (file === null) return;
    const { fd, kind, burst, position } = file;
    this.position.restore(file);
    this.#log = { fd, kind, burst, size: position };
    this.#beginCount();
  }

  /** Opens the file unless it is open. Reports an error. */
  async open(): Promise<void> {
    if (this.#log !== null) return this.#wasOpen();
    this.#triedAt = this.#deps.clock.now().mono;
    const opened = await this.tryOpen();
    if (opened.ok) this.#triedAt = null;
    if (opened.ok || this.#errors.isReported(opened.error)) return;
    const diagnosis = await this.#deps.files.diagnose(this.path, opened.error);
    const { what } = this.#settings;
    this.#errors.begin(opened.error, openFailureText(what, this.path, opened.error, diagnosis));
  }

  /** Opens the file unless opening failed less than `RETRY_MS` ago. */
  async retryOpen(): Promise<void> {
    const since = this.#triedAt;
    if (since === null || this.#deps.clock.now().mono - since >= RETRY_MS) await this.open();
  }

  /** As `open`, but reports nothing. */
  async tryOpen(truncate = false): Promise<Result<true, Errno>> {
    if (this.#log !== null) return ok(true);
    const { files } = this.#deps;
    const { auto, making, rotate } = this.#settings;
    const opened =
      this.#own === null
        ? await openFile(files, { path: this.path, auto, truncate, making, rotate })
        : await files.adopt(this.#own);
    if (!opened.ok) return opened;
    this.#log = opened.value;
    if (truncate) this.position.restart(opened.value.size);
    else this.position.found(opened.value.size);
    this.#opened(opened.value);
    return ok(true);
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = null;
    this.#watcher?.closes();
    if (log !== null && this.#own === null) await this.#deps.files.close(log.fd);
  }

  /** Writes as much as possible at once. @returns bytes written, 0 to try again; null after an error, which was reported */
  async write(parts: readonly Uint8Array[], isUrgent: boolean): Promise<number | null> {
    const mayNotWait = isUrgent || this.#settings.isPrompt === true;
    const written =
      this.#log === null
        ? err("EBADF")
        : await writeParts(this.#deps, this.#log, parts, mayNotWait);
    if (!written.ok) {
      await this.#writeFailed(written.error);
      return null;
    }
    this.position.advance(written.value, this.#deps.clock.now().wall);
    this.#count();
    if (written.value > 0) {
      this.#errors.end((lost) => recoveredText(this.#settings.what, this.path, lost));
    }
    return written.value;
  }

  /** Counts output that could not be written. */
  lose(bytes: number): void {
    this.#errors.lose(bytes);
  }

  /** Moves output from a pipe to the end of the open file. Stops after the read that reaches `room` bytes. */
  async transfer(pipe: number, room: number, isLast: boolean): Promise<Transfer> {
    const fd = this.#log?.fd;
    const transfer: Transfer =
      fd === undefined
        ? { moved: 0, lost: 0, errno: "EBADF", rest: "more" }
        : await this.#deps.files.transfer({ pipe, fd, room, isLast });
    this.position.advance(transfer.moved, this.#deps.clock.now().wall);
    this.#count();
    if (transfer.errno !== null) {
      await this.#writeFailed(transfer.errno);
      this.#errors.lose(transfer.lost);
    }
    return transfer;
  }

  /** Reads the size of the file: another program may have truncated it (copytruncate). */
  async measure(): Promise<void> {
    if (this.#log === null) return;
    const size = await this.#deps.files.size(this.#log.fd);
    if (size.ok && size.value > this.position.bytes) {
      this.#deps.total?.found(this.path, size.value);
    }
    if (size.ok) this.position.found(size.value);
    this.#count();
  }

  /** Another operation that the log needs has failed. Reports the error unless it was reported before. */
  failed(errno: Errno, text: string): void {
    this.#errors.begin(errno, text);
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
    this.#count();
    if (wasOpen) await this.tryOpen();
    else await createFile(files, this.path, { auto, making: this.#settings.making });
    return ok(true);
  }

  #opened(log: OpenLog): void {
    const { total, report } = this.#deps;
    if (this.isRegular) total?.found(this.path, this.position.bytes);
    if (log.flaw !== undefined) {
      report(this.path, "WARN", flawText(this.#settings.what, this.path, log.flaw));
    }
    this.#count();
    this.#watcher?.opened(log);
    this.#beginCount();
  }

  #wasOpen(): void {
    if (this.isRegular) this.#deps.total?.found(this.path, this.position.bytes);
    this.#count();
    this.#watcher?.wasOpen();
  }

  #count(): void {
    if (this.isRegular || this.#log === null) {
      this.#deps.total?.live(this.path, this.position.bytes);
    }
  }

  /** Starts to count the bytes of a file that can be read back. */
  #beginCount(): void {
    if (!this.isRegular) return;
    this.position.counted(this.position.bytes, () => this.#deps.files.randomName());
  }

  async #writeFailed(errno: Errno): Promise<void> {
    const isNews = !this.#errors.isReported(errno);
    this.#errors.begin(errno, writeFailureText(this.#settings.what, this.path, errno));
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
