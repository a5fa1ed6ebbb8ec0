// The file of one log: its descriptor and position, and the operations open, write, rotate, clear and close. Reports its
// errors. The writer (`log-writer`) decides when each operation runs, one after another.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import type { LogState, PositionState } from "../../../core/handover/model.ts";
import { ownDescriptor } from "../../../core/logs/log-path.ts";
import type { LogCount } from "../../../core/logs/mark.ts";
import {
  flawText,
  noRoomText,
  openFailureText,
  overdueText,
  recoveredText,
  writeFailureText,
} from "../../../core/logs/messages.ts";
import { isRotationDue } from "../../../core/logs/rotation.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Errno, LogFiles, OpenLog, Transfer } from "../../../ports/log-files.ts";
import type { Pipes } from "../../../ports/pipes.ts";
import type { BackupSet } from "./backup-set.ts";
import type { BackupSets } from "./backup-sets.ts";
import type { Compressor } from "./compressor.ts";
import { createFile, openFile, writeParts } from "./file-operations.ts";
import { LogErrors, type ReportError } from "./log-errors.ts";
import { LogPosition } from "./log-position.ts";
import type { AutoFile, LogSettings } from "./log-settings.ts";
import type { RotationClock } from "./rotation-clock.ts";
import type { TotalLimit } from "./total-limit.ts";

/** A log that cannot be opened is tried again when there is output after this much time. */
export const RETRY_MS = 10 * SECOND;

/** Shared by all files. */
export interface FileDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly clock: Clock;
  readonly report: ReportError;
  readonly rotationClock: RotationClock;
  readonly sets: BackupSets;
  readonly compressor: Compressor;
  /** Null for no limit. */
  readonly total: TotalLimit | null;
}

const DEFAULTS: LogSettings = {
  ...{ what: "unknown", auto: null, maxBytes: 0, backups: 0, flushMs: 0 },
  ...{ rotate: null, compress: "none", making: undefined },
};

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
  /** The beginning of the period in which it was written last, epoch milliseconds; null for one without. */
  #period: number | null = null;
  /** Another period has begun since. */
  #isPeriodOver = false;
  /** When it could not be rotated last, monotonic milliseconds; null if it could. */
  #failedAt: number | null = null;
  readonly #periodEnded: () => void;

  /** @param periodEnded rotation by time is due */
  constructor(path: string, deps: FileDeps, periodEnded: () => void) {
    this.path = path;
    this.#deps = deps;
    this.#periodEnded = periodEnded;
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

  /** Whose log. */
  get what(): string {
    return this.#settings.what;
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
    const [rotateAt, period] = [this.#rotateAt, this.#period];
    return { file: { fd, kind, burst, rotateAt, period, ...this.#position.state }, trouble };
  }

  /** Goes on with the file of the predecessor. */
  restore({ file, trouble }: Pick<LogState, "file" | "trouble">): void {
    this.#errors.restore(trouble);
    if (file === null) return;
    const { fd, kind, burst, position, rotateAt, period } = file;
    this.#position.restore(file);
    this.#log = { fd, kind, burst, size: position };
    this.#rotateAt = rotateAt;
    this.#period = period;
    this.#beginCount();
  }

  /** How far the log is written. Counted from the first time on that this is asked. @param size of the file */
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
    if (this.#log !== null) return this.#restored();
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
    const { auto, making, rotate } = this.#settings;
    const opened =
      this.#own === null
        ? await openFile(files, { path: this.path, auto, truncate, making, rotate })
        : await files.adopt(this.#own);
    if (!opened.ok) return opened;
    this.#log = opened.value;
    if (truncate) this.#position.restart(opened.value.size);
    else this.#position.found(opened.value.size);
    this.#rotateAt = this.#mostBytes;
    if (this.isRegular) this.#deps.total?.found(this.path, this.#position.bytes);
    this.#began(opened.value);
    this.#beginCount();
    return ok(true);
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = null;
    this.#deps.rotationClock.remove(this);
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
    this.#count();
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
    this.#count();
    if (transfer.errno !== null) {
      await this.#writeFailed(transfer.errno);
      this.#errors.lose(transfer.lost);
    }
    return transfer;
  }

  get isRotationDue(): boolean {
    if (this.#isPeriodOver && this.isRegular && this.#position.bytes > 0) return true;
    return this.#rotates && isRotationDue(this.#position.bytes, this.#rotateAt);
  }

  /** Moves the backups up and starts an empty file, which may be closed afterwards. */
  async rotate(): Promise<void> {
    if (this.#log === null) return;
    // Another program may have truncated the file (copytruncate): its real size decides.
    const size = await this.#deps.files.size(this.#log.fd);
    if (size.ok && size.value > this.#position.bytes) {
      this.#deps.total?.found(this.path, size.value);
    }
    if (size.ok) this.#position.found(size.value);
    this.#count();
    if (!this.isRotationDue) return this.periodChanged();
    const failure = await this.#shift();
    if (failure !== null) this.#deps.report(this.path, "ERRO", failure);
  }

  /**
   * The same at once, whatever its size, and of a file that is closed, which is made anew.
   * @returns whether there was something to rotate, or the message
   */
  async rotateNow(): Promise<Result<boolean, string>> {
    const { files } = this.#deps;
    const facts = await files.identify(this.path);
    if (!facts.ok)
      return facts.error === "ENOENT" ? ok(false) : err(`${this.path}: ${facts.error}`);
    if (!facts.value.isRegular || facts.value.size === 0) return ok(false);
    const wasOpen = this.isOpen;
    this.#position.found(facts.value.size);
    const failure = await this.#shift();
    if (failure !== null) return err(failure);
    if (!wasOpen) await this.close();
    return ok(true);
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
    this.#count();
    if (wasOpen) await this.tryOpen();
    else await createFile(files, this.path, { auto, making: this.#settings.making });
    return ok(true);
  }

  /** Removes its backups. */
  clearBackups(): Promise<Result<true, Errno>> {
    return this.#set.clear(this.#settings.backups);
  }

  /** The period may be over, or the clock was set. */
  periodChanged(): void {
    const { rotate } = this.#settings;
    if (rotate === null || this.#period === null) return;
    const start = this.#deps.rotationClock.start(rotate);
    const isOver = start > this.#period && this.#position.bytes > 0;
    if (!isOver) this.#period = start;
    this.#isPeriodOver = isOver;
    if (isOver) this.#periodEnded();
  }

  /** @returns the message when the backups could not be moved up */
  async #shift(): Promise<string | null> {
    await this.close();
    const { backups } = this.#settings;
    const now = this.#deps.clock.now().wall;
    const failure = await this.#set.shift(backups, { size: this.#position.bytes, now });
    this.#failedAt = failure === null ? null : this.#deps.clock.now().mono;
    const opened = await this.tryOpen(failure === null);
    if (opened.ok && failure !== null) {
      this.#rotateAt = this.#position.bytes + this.#mostBytes;
      this.#isPeriodOver = false;
    }
    if (opened.ok && failure === null && backups === 0) this.#position.forgetEarlier();
    if (failure === null) this.#compressBackups();
    return failure;
  }

  /** The file was opened: its period, what it counts, and what was left when it was closed. */
  #began(log: OpenLog): void {
    const { rotate, what } = this.#settings;
    const { rotationClock, clock } = this.#deps;
    if (log.flaw !== undefined) {
      this.#deps.report(this.path, "WARN", flawText(what, this.path, log.flaw));
    }
    this.#period = null;
    this.#isPeriodOver = false;
    this.#count();
    if (rotate === null || !this.isRegular) return;
    const changedAt = log.size === 0 ? null : log.changedAt;
    this.#period = rotationClock.startOf(rotate, changedAt ?? clock.now().wall);
    rotationClock.add(this, rotate);
    this.#isPeriodOver = log.size > 0 && this.#period < rotationClock.start(rotate);
  }

  /** It is open since before this daemon, or before its settings. */
  #restored(): void {
    const { rotate } = this.#settings;
    if (this.isRegular) this.#deps.total?.found(this.path, this.#position.bytes);
    this.#count();
    if (this.counts) this.#rotateAt = Math.min(this.#rotateAt || Infinity, this.#mostBytes);
    if (rotate === null || !this.isRegular) return;
    this.#period ??= this.#deps.rotationClock.start(rotate);
    this.#deps.rotationClock.add(this, rotate);
    this.periodChanged();
  }

  /** Backups may be there that are not compressed. */
  compressBackups(): void {
    if (this.isRegular) this.#compressBackups();
  }

  #compressBackups(): void {
    const { what, compress, backups } = this.#settings;
    if (compress !== "none") {
      this.#deps.compressor.request({ set: this.#set, what, compress, backups });
    }
  }

  get #set(): BackupSet {
    return this.#deps.sets.get(this.path);
  }

  /** It is among the logs that max_total limits. */
  get counts(): boolean {
    return this.isRegular && this.#deps.total?.has(this.path) === true;
  }

  #count(): void {
    if (this.isRegular || this.#log === null) {
      this.#deps.total?.live(this.path, this.#position.bytes);
    }
  }

  /** Makes room in max_total if that takes no more than backups. @returns what to release; null when there is none */
  async reserveLightly(bytes: number): Promise<number | null> {
    const { total } = this.#deps;
    if (total === null) return 0;
    if (this.#isOverdue) return null;
    return (await total.reserve(bytes)) ? total.cost(bytes) : null;
  }

  /** Makes room for output in max_total. @returns what to release after it was written; null when there is none */
  async reserve(bytes: number): Promise<number | null> {
    const { total } = this.#deps;
    if (total === null) return 0;
    if (this.#isOverdue) {
      const since = this.#deps.clock.now().mono - (this.#failedAt ?? 0);
      if (since >= RETRY_MS) await this.#shift();
      if (this.#isOverdue) {
        this.#errors.begin("EDQUOT", overdueText(this.#settings.what, this.path));
        return null;
      }
    }
    if (await total.reserve(bytes)) return total.cost(bytes);
    // Nothing else is left to remove but what this log has.
    if (this.#position.bytes > 0) await this.#shift();
    if (this.isOpen && (await total.reserve(bytes))) return total.cost(bytes);
    this.#errors.begin("EDQUOT", noRoomText(this.#settings.what, this.path));
    return null;
  }

  /** It cannot be rotated, and has all of max_total that one log gets: the rest is for others. */
  get #isOverdue(): boolean {
    return (
      this.#failedAt !== null && this.#position.bytes >= (this.#deps.total?.largest ?? Infinity)
    );
  }

  release(reserved: number): void {
    if (reserved > 0) this.#deps.total?.release(reserved);
  }

  /** Size at which it is rotated; 0 for never. */
  get #mostBytes(): number {
    const { maxBytes } = this.#settings;
    const largest = this.counts ? (this.#deps.total?.largest ?? Infinity) : Infinity;
    return largest === Infinity ? maxBytes : Math.min(maxBytes || Infinity, largest);
  }

  /** Of a file that can be read back. */
  #beginCount(): void {
    if (this.isRegular) this.count(this.#position.bytes);
  }

  get #rotates(): boolean {
    return this.isRegular && this.#rotateAt > 0;
  }

  async #writeFailed(errno: Errno): Promise<void> {
    this.#errors.begin(errno, writeFailureText(this.#settings.what, this.path, errno));
    if (errno !== "EPIPE" || this.isOwn) return;
    // A FIFO whose reader is gone must be opened again to find the next one.
    await this.close();
    this.#triedAt = this.#deps.clock.now().mono;
  }
}
