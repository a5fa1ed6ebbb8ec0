// max_total: keeps the space of all logs of programs and their backups near a limit by removing the oldest backups, as journald
// does: after each rotation, and at most every ten seconds while logs grow. Between two passes the logs may exceed the limit.

import { SECOND } from "../../../core/base/time.ts";
import type { Backup } from "../../../core/logs/backups.ts";
import { removeFailureText } from "../../../core/logs/messages.ts";
import type { Pause, StartPause } from "../../../ports/clock.ts";
import type { LogFiles } from "../../../ports/log-files.ts";
import type { BackupSet, BackupSets } from "./backup-set.ts";
import type { LogSettings, ReportError } from "./log-file.ts";

/** Bytes of a block: file systems allocate at least one for a file, and in multiples of it. */
const BLOCK = 4096;
/** A log is rotated at this part of the limit, whatever its own settings: one removal never removes more. */
const LARGEST_PART = 1 / 4;
/** A backup that is larger than this part of the limit was not made under it: backups of its log go first. */
const OVERSIZED_PART = 1 / 2;
/** A pass that is necessary makes room for this part of the limit, so that not every rotation needs one. */
const ROOM_PART = 1 / 64;
/** Milliseconds between two passes without a rotation. */
const PASS_MS = 10 * SECOND;

/** A log that the limit counts. */
interface Entry {
  readonly set: BackupSet;
  readonly settings: LogSettings;
  /** Size of the log itself, bytes. */
  live: number;
  /** Its rotation was requested for the limit, and has not made it smaller yet. */
  isRotating: boolean;
}

/** A backup that may be removed. */
interface Candidate {
  readonly set: BackupSet;
  readonly backup: Backup;
  /** A smaller one goes first: its time in epoch milliseconds, or infinite. */
  readonly rank: number;
}

interface TotalLimitDeps {
  /** Bytes. */
  readonly limit: number;
  readonly files: LogFiles;
  readonly sets: BackupSets;
  readonly report: ReportError;
  readonly startPause: StartPause;
  /** Rotates a log, whether it is open or not. */
  readonly rotate: (path: string, settings: LogSettings) => void;
  /** True while a successor is about to continue with the logs. */
  readonly isHalted: () => boolean;
}

export class TotalLimit {
  readonly #deps: TotalLimitDeps;
  readonly #entries = new Map<string, Entry>();
  /** Backups whose removal is running. They do not count: a file system that hangs delays no removal on another. */
  readonly #removing = new Set<Backup>();
  /** Backups whose removal failed. They are tried again when no other backup is left. */
  readonly #failed = new WeakSet<Backup>();
  /** The error of each log that was reported last, by path. */
  readonly #reported = new Map<string, string>();
  /** The wait for the next pass; null while nothing has changed. */
  #pause: Pause | null = null;
  #isClosed = false;

  constructor(deps: TotalLimitDeps) {
    this.#deps = deps;
  }

  /** Adds a log, and looks for its file and its backups. */
  add(path: string, settings: LogSettings): void {
    const set = this.#deps.sets.get(path);
    const entry: Entry = { set, settings, live: 0, isRotating: false };
    this.#entries.set(path, entry);
    void set.load(settings.backups).then(() => this.#changed());
    void this.#deps.files.identify(path).then((facts) => {
      // The log may have been opened and written meanwhile.
      if (facts.ok && facts.value.isRegular && entry.live === 0) this.sized(path, facts.value.size);
    });
  }

  /** Removes a log. Its files stay and count no more. */
  remove(path: string): void {
    this.#entries.delete(path);
  }

  /** Size in bytes at which a log is rotated at the latest; Infinity for a log that the limit does not count. */
  largest(path: string): number {
    return this.#entries.has(path) ? this.#largest : Infinity;
  }

  /** The log has this size. @param bytes of the log itself, without backups */
  sized(path: string, bytes: number): void {
    const entry = this.#entries.get(path);
    if (entry === undefined || entry.live === bytes) return;
    const grows = bytes > entry.live;
    if (!grows) entry.isRotating = false;
    entry.live = bytes;
    if (grows) this.#changed();
  }

  /** A log was rotated. */
  rotated(): void {
    this.#prune();
  }

  /** Removes nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#pause?.cancel();
  }

  get #largest(): number {
    return Math.floor(this.#deps.limit * LARGEST_PART);
  }

  #changed(): void {
    if (this.#pause !== null || this.#isClosed) return;
    const pause = this.#deps.startPause(PASS_MS);
    this.#pause = pause;
    void pause.over.then(() => {
      this.#pause = null;
      this.#prune();
    });
  }

  /** Removes the oldest backups while all logs exceed the limit. If there are too few, rotates the largest log. */
  #prune(): void {
    const { limit, isHalted } = this.#deps;
    const used = this.#used;
    if (used <= limit || this.#isClosed) return;
    // Sees whether the removals have succeeded.
    this.#changed();
    if (isHalted()) return;
    let left = used;
    for (const candidate of this.#candidates()) {
      if (left <= limit * (1 - ROOM_PART)) return;
      left -= blocks(candidate.backup.size);
      void this.#remove(candidate);
    }
    if (left > limit) this.#rotateLargest();
  }

  /** Bytes in whole blocks. */
  get #used(): number {
    let sum = 0;
    for (const { set, live } of this.#entries.values()) {
      // The user of a program can make its log arbitrarily large, even without using the disk (sparse).
      sum += blocks(Math.min(live, this.#largest));
      for (const backup of set.known) if (!this.#removing.has(backup)) sum += blocks(backup.size);
    }
    return sum;
  }

  /** The backups that may be removed, the first one first. Of one log, the one with the highest number is the oldest. */
  #candidates(): readonly Candidate[] {
    const found: Candidate[] = [];
    for (const { set } of this.#entries.values()) {
      const isOversized = set.known.some(({ size }) => size > this.#deps.limit * OVERSIZED_PART);
      let oldest = isOversized ? Number.NEGATIVE_INFINITY : Infinity;
      for (const backup of [...set.known].sort((a, b) => a.index - b.index)) {
        oldest = Math.min(oldest, backup.changedAt);
        const rank = this.#failed.has(backup) ? Infinity : oldest;
        if (!this.#removing.has(backup)) found.push({ set, backup, rank });
      }
    }
    const byNumber = (a: Candidate, b: Candidate): number => b.backup.index - a.backup.index;
    return found.sort((a, b) => (a.rank === b.rank ? byNumber(a, b) : a.rank - b.rank));
  }

  /** Reports each error of a log once. */
  async #remove({ set, backup }: Candidate): Promise<void> {
    const { path } = set;
    this.#removing.add(backup);
    const place = { index: backup.index, form: backup.form };
    const removed = await set.remove(backup);
    this.#removing.delete(backup);
    if (removed.ok) {
      this.#reported.delete(path);
      return;
    }
    this.#failed.add(backup);
    if (this.#reported.get(path) === removed.error) return;
    this.#reported.set(path, removed.error);
    this.#deps.report(path, "ERRO", removeFailureText(path, place, removed.error));
  }

  /** Its bytes become a backup, which the next pass can remove. */
  #rotateLargest(): void {
    let largest: Entry | null = null;
    for (const entry of this.#entries.values()) {
      if (!entry.isRotating && entry.live > (largest?.live ?? 0)) largest = entry;
    }
    if (largest === null) return;
    largest.isRotating = true;
    this.#deps.rotate(largest.set.path, largest.settings);
  }
}

function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}
