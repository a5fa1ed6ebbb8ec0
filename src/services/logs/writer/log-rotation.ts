// Rotates one log by size and by time: its backups move up, and an empty file takes its place.

import { err, ok, type Result } from "../../../core/base/result.ts";
import type { LogState } from "../../../core/snapshot/snapshot.ts";
import type { Errno, OpenLog } from "../../../ports/log-files.ts";
import type { BackupSet, BackupSets } from "./backup-set.ts";
import type { Compressor } from "./compressor.ts";
import type { RotationClock } from "./log-alarms.ts";
import type { FileDeps, FileWatcher, LogFile } from "./log-file.ts";
import type { TotalLimit } from "./total-limit.ts";

/** Shared by all logs. */
export interface RotationDeps extends FileDeps {
  readonly rotationClock: RotationClock;
  readonly sets: BackupSets;
  readonly compressor: Compressor;
  /** Null for no limit. */
  readonly total: TotalLimit | null;
}

/** For the successor. */
type RotationState = Pick<NonNullable<LogState["file"]>, "rotateAt" | "period">;

export class LogRotation implements FileWatcher {
  readonly #file: LogFile;
  readonly #deps: RotationDeps;
  readonly #periodEnded: () => void;
  /** Size in bytes at which rotation is due; 0 for never. Raised when a rotation fails. */
  #rotateAt = 0;
  /** The beginning of the period in which the log was written last, epoch milliseconds; null for a log without periods. */
  #period: number | null = null;
  /** True when another period has begun since `#period`. */
  #isPeriodOver = false;

  /** @param periodEnded called when rotation by time is due */
  constructor(file: LogFile, deps: RotationDeps, periodEnded: () => void) {
    this.#file = file;
    this.#deps = deps;
    this.#periodEnded = periodEnded;
    file.watch(this);
  }

  get state(): RotationState {
    return { rotateAt: this.#rotateAt, period: this.#period };
  }

  /** Continues with the state of the predecessor. */
  restore({ rotateAt, period }: RotationState): void {
    this.#rotateAt = rotateAt;
    this.#period = period;
  }

  /** Bytes until rotation by size is due; Infinity for never. */
  get room(): number {
    return this.#hasSize ? this.#rotateAt - this.#file.position.bytes : Infinity;
  }

  get isDue(): boolean {
    const { isRegular } = this.#file;
    const { bytes } = this.#file.position;
    if (this.#isPeriodOver && isRegular && bytes > 0) return true;
    return this.#hasSize && bytes >= this.#rotateAt;
  }

  /** Paths that uncompressed backups have, the newest first, whether the files exist or not. */
  get backupPaths(): readonly string[] {
    const { path, settings } = this.#file;
    return Array.from({ length: settings.backups }, (_, index) => `${path}.${index + 1}`);
  }

  opened(log: OpenLog): void {
    const { rotate } = this.#file.settings;
    const { rotationClock, clock } = this.#deps;
    this.#rotateAt = this.#mostBytes;
    this.#period = null;
    this.#isPeriodOver = false;
    if (rotate === null || !this.#file.isRegular) return;
    const changedAt = log.size === 0 ? null : log.changedAt;
    this.#period = rotationClock.startOf(rotate, changedAt ?? clock.now().wall);
    rotationClock.add(this, rotate);
    this.#isPeriodOver = log.size > 0 && this.#period < rotationClock.start(rotate);
  }

  wasOpen(): void {
    const { rotate } = this.#file.settings;
    if (this.#largest < Infinity) {
      this.#rotateAt = Math.min(this.#rotateAt || Infinity, this.#mostBytes);
    }
    if (rotate === null || !this.#file.isRegular) return;
    this.#period ??= this.#deps.rotationClock.start(rotate);
    this.#deps.rotationClock.add(this, rotate);
    this.periodChanged();
  }

  closes(): void {
    this.#deps.rotationClock.remove(this);
  }

  /** Checks the period: it may be over, or the clock was set. */
  periodChanged(): void {
    const { settings, position } = this.#file;
    if (settings.rotate === null || this.#period === null) return;
    const start = this.#deps.rotationClock.start(settings.rotate);
    const isOver = start > this.#period && position.bytes > 0;
    if (!isOver) this.#period = start;
    this.#isPeriodOver = isOver;
    if (isOver) this.#periodEnded();
  }

  /** Measures the file, and rotates it if that still is due. The file may be closed afterwards. Reports an error. */
  async rotate(): Promise<void> {
    const file = this.#file;
    if (!file.isOpen) return;
    await file.measure();
    if (!this.isDue) return this.periodChanged();
    const failure = await this.#shift();
    if (failure !== null) this.#deps.report(file.path, "ERRO", failure);
  }

  /**
   * Rotates now, even if not due. A closed file is replaced with an empty one that stays closed.
   * @returns false when there is nothing to rotate; the message after an error
   */
  async rotateNow(): Promise<Result<boolean, string>> {
    const { path, isOpen: wasOpen } = this.#file;
    const facts = await this.#deps.files.identify(path);
    if (!facts.ok) return facts.error === "ENOENT" ? ok(false) : err(`${path}: ${facts.error}`);
    if (!facts.value.isRegular || facts.value.size === 0) return ok(false);
    this.#file.position.found(facts.value.size);
    const failure = await this.#shift();
    if (failure !== null) return err(failure);
    if (!wasOpen) await this.#file.close();
    return ok(true);
  }

  /** Moves the backups up and opens an empty file. @returns the message when the backups cannot be moved up, otherwise null */
  async #shift(): Promise<string | null> {
    const file = this.#file;
    await file.close();
    const { backups } = file.settings;
    const failure = await this.#set.shift(backups, file.position.bytes);
    const opened = await file.tryOpen(failure === null);
    if (opened.ok && failure !== null) {
      const most = this.#mostBytes;
      this.#rotateAt = most === 0 ? 0 : file.position.bytes + most;
      this.#isPeriodOver = false;
    }
    if (opened.ok && failure === null && backups === 0) file.position.forgetEarlier();
    if (failure !== null) return failure;
    this.#compress();
    this.#deps.total?.rotated();
    return null;
  }

  /** Removes the backups. */
  clearBackups(): Promise<Result<true, Errno>> {
    return this.#set.clear(this.#file.settings.backups);
  }

  /** Requests compression of the backups that are not compressed. */
  compressBackups(): void {
    if (this.#file.isRegular) this.#compress();
  }

  #compress(): void {
    const { what, compress, backups } = this.#file.settings;
    if (compress === "none") return;
    this.#deps.compressor.request({ set: this.#set, what, compress, backups });
  }

  get #set(): BackupSet {
    return this.#deps.sets.get(this.#file.path);
  }

  /** Most bytes between two rotations; 0 for no limit. */
  get #mostBytes(): number {
    const most = Math.min(this.#file.settings.maxBytes || Infinity, this.#largest);
    return most === Infinity ? 0 : most;
  }

  /** Most bytes of a log under max_total; Infinity for no limit. */
  get #largest(): number {
    return this.#deps.total?.largest(this.#file.path) ?? Infinity;
  }

  /** True when the log is rotated by size. */
  get #hasSize(): boolean {
    return this.#file.isRegular && this.#rotateAt > 0;
  }
}
