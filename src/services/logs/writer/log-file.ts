// The file of one log: its descriptor and position, and the operations open, write, rotate, clear and close. Reports its
// errors. The writer (`log-writer`) decides when each operation runs, one after another.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import type { LogState, PositionState } from "../../../core/handover/model.ts";
import { ownDescriptor } from "../../../core/logs/log-path.ts";
import type { LogCount } from "../../../core/logs/mark.ts";
import { openFailureText, recoveredText, writeFailureText } from "../../../core/logs/messages.ts";
import { isRotationDue } from "../../../core/logs/rotation.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Errno, LogFiles, OpenLog, Transfer } from "../../../ports/log-files.ts";
import type { Pipes } from "../../../ports/pipes.ts";
import { createFile, openFile, shiftBackups, writeParts } from "./file-operations.ts";
import { LogErrors, type ReportError } from "./log-errors.ts";
import { LogPosition } from "./log-position.ts";
import type { AutoFile, LogSettings } from "./log-settings.ts";

/** A log that cannot be opened is tried again when there is output after this much time. */
export const RETRY_MS = 10 * SECOND;

/** Shared by all files. */
export interface FileDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly clock: Clock;
  readonly report: ReportError;
}

const DEFAULTS: LogSettings = { what: "unknown", auto: null, maxBytes: 0, backups: 0, flushMs: 0 };

export class LogFile {
  readonly path: string;
  readonly #deps: FileDeps;
  /** The daemon's own descriptor, which is neither opened nor closed nor rotated here. */
  readonly #own: 1 | 2 | null;
  readonly #errors: LogErrors;
  readonly #position = new LogPosition();
  #settings = DEFAULTS;
  /** Null while it is closed. */
  #log: OpenLog | null = null;
  /** When opening failed last; null when it did not. */
  #triedAt: number | null = null;
  /** Size at which rotation is due; moved up when it failed. */
  #rotateAt = 0;

  constructor(path: string, deps: FileDeps) {
    this.path = path;
    this.#deps = deps;
    this.#own = ownDescriptor(path);
    this.#errors = new LogErrors(path, deps.report);
  }

  get isOpen(): boolean {
    return this.#log !== null;
  }

  /** True for what takes bytes only when it is ready: pipe, socket, terminal. */
  get isStream(): boolean {
    return this.#log?.kind === "stream";
  }

  /** True for an open file that keeps what is written: it can be rotated, and written from elsewhere. */
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

  /** Bytes until rotation is due; Infinity when it never is. */
  get room(): number {
    return this.#rotates ? this.#rotateAt - this.#position.bytes : Infinity;
  }

  /** How long output may wait at present: only for an open file. */
  get flushMs(): number {
    return this.isRegular ? this.#settings.flushMs : 0;
  }

  /** Files with what was rotated away, the newest first. */
  get backupPaths(): readonly string[] {
    const { backups } = this.#settings;
    return Array.from({ length: backups }, (_, index) => `${this.path}.${index + 1}`);
  }

  configure(settings: LogSettings): void {
    this.#settings = settings;
  }

  /** For the successor. The file is null when it is not open, or not opened here. */
  get state(): Pick<LogState, "file" | "trouble"> {
    const trouble = this.#errors.state;
    if (this.#log === null || this.isOwn) return { file: null, trouble };
    const { fd, kind, burst } = this.#log;
    const rotateAt = this.#rotateAt;
    return { file: { fd, kind, burst, rotateAt, ...this.#position.state }, trouble };
  }

  /** Goes on with the file of the predecessor. */
  restore({ file, trouble }: Pick<LogState, "file" | "trouble">): void {
    this.#errors.restore(trouble);
    if (file === null) return;
    const { fd, kind, burst, position, rotateAt } = file;
    this.#position.restore(file);
    this.#log = { fd, kind, burst, size: position };
    this.#rotateAt = rotateAt;
    this.#beginCount();
  }

  /** How far the log is written. @param size of the file */
  count(size: number): LogCount {
    if (this.#log === null) this.#position.found(size);
    return this.#position.counted(size, () => this.#deps.files.randomName());
  }

  /** How far the log was written when it was closed; null for one that was never opened. */
  get rest(): PositionState | null {
    const { state } = this.#position;
    return this.#log === null && state.count !== null ? state : null;
  }

  /** Goes on where the log was closed. */
  recall(state: PositionState): void {
    this.#position.restore(state);
  }

  /** How far the log is written, and when that was; null when it is not known. */
  get times(): PositionState | null {
    const isKept = this.#log === null ? this.#own === null : this.isRegular;
    const { state } = this.#position;
    return isKept && state.count !== null ? state : null;
  }

  /** Opens the file unless it is open. An error is reported. */
  async open(): Promise<void> {
    if (this.#log !== null) return;
    this.#triedAt = this.#deps.clock.now().mono;
    const opened = await this.tryOpen();
    if (opened.ok) this.#triedAt = null;
    if (opened.ok || this.#errors.isReported(opened.error)) return;
    const diagnosis = await this.#deps.files.diagnose(this.path, opened.error);
    const { what } = this.#settings;
    this.#errors.begin(opened.error, openFailureText(what, this.path, opened.error, diagnosis));
  }

  /** Opens if that was not tried lately. */
  async retryOpen(): Promise<void> {
    const since = this.#triedAt;
    if (since === null || this.#deps.clock.now().mono - since >= RETRY_MS) await this.open();
  }

  /** As `open`, but reports nothing. */
  async tryOpen(truncate = false): Promise<Result<true, Errno>> {
    if (this.#log !== null) return ok(true);
    const { files } = this.#deps;
    const opened =
      this.#own === null
        ? await openFile(files, { path: this.path, auto: this.#settings.auto, truncate })
        : await files.adopt(this.#own);
    if (!opened.ok) return opened;
    this.#log = opened.value;
    if (truncate) this.#position.restart(opened.value.size);
    else this.#position.found(opened.value.size);
    this.#rotateAt = this.#settings.maxBytes;
    this.#beginCount();
    return ok(true);
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = null;
    if (log !== null && this.#own === null) await this.#deps.files.close(log.fd);
  }

  /** Writes what goes at once. @returns bytes written, 0 when it is worth trying again; null when it failed, which was reported */
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
    this.#position.advance(written.value, this.#deps.clock.now().wall);
    if (written.value > 0) {
      this.#errors.end((lost) => recoveredText(this.#settings.what, this.path, lost));
    }
    return written.value;
  }

  /** Output that could not be written is counted. */
  lose(bytes: number): void {
    this.#errors.lose(bytes);
  }

  /** Moves output from a pipe to the end of the open file, at most up to where rotation is due. */
  async transfer(pipe: number, limit: number, isLast: boolean): Promise<Transfer> {
    const fd = this.#log?.fd;
    const room = Math.min(limit, this.room);
    const transfer: Transfer =
      fd === undefined
        ? { moved: 0, lost: 0, errno: "EBADF", rest: "more" }
        : await this.#deps.files.transfer({ pipe, fd, room, isLast });
    this.#position.advance(transfer.moved, this.#deps.clock.now().wall);
    if (transfer.errno !== null) {
      await this.#writeFailed(transfer.errno);
      this.#errors.lose(transfer.lost);
    }
    return transfer;
  }

  get isRotationDue(): boolean {
    return this.#rotates && isRotationDue(this.#position.bytes, this.#rotateAt);
  }

  /** Moves the backups up and starts an empty file, which may be closed afterwards. */
  async rotate(): Promise<void> {
    if (this.#log === null) return;
    // Another program may have truncated the file (copytruncate): its real size decides.
    const size = await this.#deps.files.size(this.#log.fd);
    if (size.ok) this.#position.found(size.value);
    if (!this.isRotationDue) return;
    await this.close();
    const { maxBytes, backups } = this.#settings;
    const failure = await shiftBackups(this.#deps.files, this.path, backups);
    const opened = await this.tryOpen(failure === null);
    if (opened.ok && failure !== null) this.#rotateAt = this.#position.bytes + maxBytes;
    if (opened.ok && failure === null && backups === 0) this.#position.forgetEarlier();
    if (failure !== null) this.#deps.report(this.path, "ERRO", failure);
  }

  /** Unlinks the file and makes an empty one; open again if it was open. Not for streams and devices. */
  async clear(auto: AutoFile | null): Promise<Result<true, Errno>> {
    const { files } = this.#deps;
    const facts = await files.stat(this.path);
    if (facts.ok && !facts.value.isRegular) return ok(true);
    const wasOpen = this.isOpen;
    await this.close();
    const removed = await files.unlink(this.path);
    if (!removed.ok) return removed.error === "ENOENT" ? ok(true) : removed;
    this.#position.found(0);
    if (wasOpen) await this.tryOpen();
    else await createFile(files, this.path, auto);
    return ok(true);
  }

  /** Of a file that can be read back. */
  #beginCount(): void {
    if (this.isRegular) this.count(this.#position.bytes);
  }

  get #rotates(): boolean {
    return this.isRegular && this.#settings.maxBytes > 0;
  }

  async #writeFailed(errno: Errno): Promise<void> {
    this.#errors.begin(errno, writeFailureText(this.#settings.what, this.path, errno));
    if (errno !== "EPIPE" || this.isOwn) return;
    // A FIFO whose reader is gone must be opened again to find the next one.
    await this.close();
    this.#triedAt = this.#deps.clock.now().mono;
  }
}
