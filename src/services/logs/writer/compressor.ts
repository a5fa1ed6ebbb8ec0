// Compresses the backups of all logs, one at a time, so that compression takes one thread and little memory. A backup that
// cannot be compressed stays as it is.

import type { Compression } from "../../../core/config/value-types.ts";
import { type Backup, backupPath, formOf, temporaryPath } from "../../../core/logs/backups.ts";
import { compressFailureText, sparseText, zstdMissingText } from "../../../core/logs/messages.ts";
import type { Errno, LogFiles } from "../../../ports/log-files.ts";
import type { BackupSet, Compressed, Compressing } from "./backup-set.ts";
import type { ReportError } from "./log-file.ts";

/** A log with backups that may be compressed. */
interface CompressibleLog {
  readonly set: BackupSet;
  /** Whose log, for messages. */
  readonly what: string;
  readonly compress: Compression;
  readonly backups: number;
}

interface CompressorDeps {
  readonly files: LogFiles;
  readonly report: ReportError;
  /** True while a successor is about to continue with the logs. */
  readonly isHalted: () => boolean;
}

export class Compressor {
  readonly #deps: CompressorDeps;
  /** Logs that may have backups to compress, by path, in the order of their turns. */
  readonly #waiting = new Map<string, CompressibleLog>();
  /** The error of each log that was reported last, by path. */
  readonly #errors = new Map<string, Errno>();
  /** Backups that could not be compressed, by path of the log: skipped until its next `request`. */
  readonly #failed = new Map<string, Set<Backup>>();
  /** Sparse backups, which are never tried again. */
  readonly #sparse = new WeakSet<Backup>();
  #hasZstd = true;
  /** Settles when the current run is over; null while nothing is compressed. */
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(deps: CompressorDeps) {
    this.#deps = deps;
  }

  /** Queues a log that was opened or rotated: it may have backups to compress. */
  request(log: CompressibleLog): void {
    if (log.compress === "none" || log.backups === 0) return;
    this.#failed.delete(log.set.path);
    this.#waiting.set(log.set.path, log);
    this.resume();
  }

  /** Continues with the queued logs. */
  resume(): void {
    if (this.#running !== null || this.#isOff || this.#waiting.size === 0) return;
    this.#running = this.#run();
  }

  /** Stops for good: after a reload, the new logs compress these backups. Settles when no compression is running. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  get #isOff(): boolean {
    return this.#isClosed || this.#deps.isHalted();
  }

  async #run(): Promise<void> {
    for (const [path, log] of this.#waiting) {
      this.#waiting.delete(path);
      let isMore = false;
      try {
        isMore = await this.#compressOne(log);
      } catch (error) {
        const text = `internal error while compressing backups of '${path}': ${String(error)}`;
        this.#deps.report(path, "CRIT", text);
      }
      // Other logs have their turn first.
      if (isMore && !this.#waiting.has(path)) this.#waiting.set(path, log);
      if (this.#isOff) break;
    }
    this.#running = null;
  }

  /** @returns whether there may be more to do */
  async #compressOne(log: CompressibleLog): Promise<boolean> {
    const { set } = log;
    const failed = this.#failed.get(set.path) ?? new Set<Backup>();
    const skips = (backup: Backup): boolean => failed.has(backup) || this.#sparse.has(backup);
    const begun = await set.beginCompression(log.backups, skips);
    if (begun === null) return false;
    if (!begun.ok) {
      this.#fail(log, begun.error.errno, begun.error.step);
      return false;
    }
    const { backup } = begun.value;
    let copy: Compressed | null = null;
    let replaced: Awaited<ReturnType<BackupSet["endCompression"]>>;
    try {
      copy = await this.#copy(log, begun.value);
    } finally {
      replaced = await set.endCompression(begun.value, copy);
    }
    if (!replaced.ok) this.#fail(log, replaced.error.errno, replaced.error.step);
    else if (replaced.value) this.#errors.delete(set.path);
    const isDone = replaced.ok && replaced.value;
    // A log that is queued again is tried again with gzip.
    if (!isDone && !this.#isOff && !this.#waiting.has(set.path)) {
      this.#failed.set(set.path, failed.add(backup));
    }
    return true;
  }

  /** @returns null after an error, or when the compression was cancelled */
  async #copy(log: CompressibleLog, compressing: Compressing): Promise<Compressed | null> {
    const { set } = log;
    const { backup } = compressing;
    const format = log.compress === "zstd" && this.#hasZstd ? "zstd" : "gzip";
    const temporary = temporaryPath(set.path);
    const done = await this.#deps.files.compress({
      ...{ backup: compressing.opened, temporary, format },
      isCancelled: () => this.#isOff || compressing.isCancelled,
    });
    if (done.ok) return { form: formOf(format), ...done.value };
    const { errno, step } = done.error;
    if (errno === "ENOSYS" && format === "zstd") {
      this.#hasZstd = false;
      this.#deps.report(set.path, "WARN", zstdMissingText());
      this.#waiting.set(set.path, log);
    } else if (step === "sparse") {
      this.#sparse.add(backup);
      this.#deps.report(set.path, "WARN", sparseText(log.what, set.path, backup));
    } else if (errno !== "ECANCELED") {
      const name = step === "writing" ? temporary : backupPath(set.path, backup);
      this.#fail(log, errno, `${step} '${name}'`);
    }
    return null;
  }

  /** Reports an error, unless it is the one that was reported last for the log. */
  #fail({ set, what }: CompressibleLog, errno: Errno, step: string): void {
    if (this.#errors.get(set.path) === errno) return;
    this.#errors.set(set.path, errno);
    this.#deps.report(set.path, "ERRO", compressFailureText(what, set.path, errno, step));
  }
}
