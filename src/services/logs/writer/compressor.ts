// Compresses the backups of all logs, one at a time, so that compression takes one thread and little memory. A backup that
// cannot be compressed stays as it is.

import type { Compression } from "../../../core/config/value-types.ts";
import { type Backup, backupPath, formOf, temporaryPath } from "../../../core/logs/backups.ts";
import { compressFailureText, sparseText, zstdMissingText } from "../../../core/logs/messages.ts";
import type { Errno, LogFiles } from "../../../ports/log-files.ts";
import type { BackupSet, Compressing } from "./backup-set.ts";
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
    const { set, backups } = log;
    const without = this.#failed.get(set.path) ?? new Set<Backup>();
    const isOut = (backup: Backup): boolean => without.has(backup) || this.#sparse.has(backup);
    const begun = await set.begin(backups, { has: isOut });
    if (begun === null) return false;
    if (!begun.ok) {
      this.#fail(log, begun.error.errno, `opening '${begun.error.path}'`);
      return false;
    }
    const work = this.#compress(log, begun.value);
    set.ends(work);
    const isDone = await work;
    if (!isDone && !this.#isOff) {
      this.#failed.set(set.path, without.add(begun.value.backup));
    }
    return true;
  }

  /** @returns true when the backup is compressed, has vanished, or is to be tried again with gzip; false otherwise */
  async #compress(log: CompressibleLog, compressing: Compressing): Promise<boolean> {
    const { set } = log;
    const isZstd = log.compress === "zstd" && this.#hasZstd;
    const format = isZstd ? "zstd" : "gzip";
    const done = await this.#deps.files.compress({
      ...{ backup: compressing.opened, temporary: temporaryPath(set.path), format },
      isCancelled: () => this.#isOff || compressing.isCancelled,
    });
    if (!done.ok) return this.#notCompressed(log, compressing.backup, done.error);
    const finished = await set.finish(compressing, { form: formOf(format), ...done.value });
    if (finished.ok) this.#errors.delete(set.path);
    else this.#fail(log, finished.error.errno, `replacing '${finished.error.path}'`);
    return finished.ok;
  }

  #notCompressed(
    log: CompressibleLog,
    backup: Backup,
    { errno, step }: { readonly errno: Errno; readonly step: string },
  ): boolean {
    if (errno === "ECANCELED") return false;
    if (errno === "ENOSYS" && this.#hasZstd && log.compress === "zstd") {
      this.#hasZstd = false;
      this.#deps.report(log.set.path, "WARN", zstdMissingText());
      this.#waiting.set(log.set.path, log);
      return true;
    }
    if (step === "sparse") {
      this.#sparse.add(backup);
      this.#deps.report(log.set.path, "WARN", sparseText(log.what, log.set.path, backup));
      return false;
    }
    const temporary = temporaryPath(log.set.path);
    const name = step === "writing" ? temporary : backupPath(log.set.path, backup);
    this.#fail(log, errno, `${step} '${name}'`);
    return false;
  }

  /** Reports an error, unless it is the one that was reported last for the log. */
  #fail({ set, what }: CompressibleLog, errno: Errno, step: string): void {
    if (this.#errors.get(set.path) === errno) return;
    this.#errors.set(set.path, errno);
    this.#deps.report(set.path, "ERRO", compressFailureText(what, set.path, errno, step));
  }
}
