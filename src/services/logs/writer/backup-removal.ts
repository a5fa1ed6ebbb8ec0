// Which backup goes first when there is no room left, and its removal. While a file system is slow to remove one, backups on other
// ones go instead, if there are any.

import { SECOND } from "../../../core/base/time.ts";
import type { Backup } from "../../../core/logs/backups.ts";
import { lateRemovalText, removeFailureText } from "../../../core/logs/messages.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Errno } from "../../../ports/log-files.ts";
import type { StartPause } from "../../../ports/pause.ts";
import { BackupAges } from "./backup-ages.ts";
import type { BackupSet } from "./backup-set.ts";
import type { ReportError } from "./log-errors.ts";

/** How long a removal is waited for; twice that when a compression has to be called off first. */
export const REMOVAL_MS = 2000;
/** A backup that could not be removed is tried again after this much time. */
const RETRY_MS = 10 * SECOND;
/** Backups of one log that are tried in `RETRY_MS`, if none of them can be removed: then it is probably so for all. */
const TRIED = 2;

interface BackupRemovalDeps {
  readonly report: ReportError;
  readonly startPause: StartPause;
  readonly clock: Clock;
  /** A backup that is larger was not made under the limit, bytes: the set that has it gives way first. */
  readonly oversized: number;
  /** Those that the limit holds for. */
  readonly sets: () => readonly BackupSet[];
  /** What the file system of a directory has in common with no other one; null if it is not known. */
  readonly fileSystemOf: (directory: string) => number | null;
  /** There may be room, or something to remove. */
  readonly eased: () => void;
}

/** Why a backup could not be removed, and when: monotonic milliseconds. */
interface Failure {
  readonly errno: Errno;
  readonly at: number;
}

type Place = string | number;

export class BackupRemoval {
  readonly #deps: BackupRemovalDeps;
  readonly #ages = new BackupAges();
  readonly #failures = new WeakMap<Backup, Failure>();
  /** File systems on which a removal has not been answered in time. */
  readonly #late = new Set<Place>();
  /** Those that this was said of, until one is in time. */
  readonly #told = new Set<Place>();
  #present: Promise<void> | null = null;

  constructor(deps: BackupRemovalDeps) {
    this.#deps = deps;
  }

  /** Settles when the present removal is over, or has taken too long; null when there is none. */
  get present(): Promise<void> | null {
    return this.#present;
  }

  /** A removal is late: when it is over, there is more room. */
  get isLate(): boolean {
    return this.#late.size > 0;
  }

  /** One on the file system of this log is. */
  isLateAt(path: string): boolean {
    return this.#late.has(this.#placeOf(path));
  }

  /** The backups of a set have changed. */
  changed(set: BackupSet): void {
    const now = this.#deps.clock.now().wall;
    this.#ages.told(now, this.#deps.sets);
    this.#ages.found(set, now);
  }

  /**
   * Removes the oldest backup of all; of one log, that is the one with the highest number that can be removed.
   * @param keep one that is not removed
   * @returns whether there was one
   */
  async removeOldest(keep: Backup | null): Promise<boolean> {
    const oldest = this.#oldest(keep);
    if (oldest === null) return false;
    this.#present = this.#remove(oldest.set, oldest.backup).finally(() => {
      this.#present = null;
    });
    await this.#present;
    return true;
  }

  #oldest(keep: Backup | null): { readonly set: BackupSet; readonly backup: Backup } | null {
    const sets = this.#deps.sets();
    const now = this.#deps.clock.now();
    this.#ages.told(now.wall, () => sets);
    let found: { readonly set: BackupSet; readonly backup: Backup; readonly rank: number } | null =
      null;
    for (const set of sets) {
      const backup = this.#oldestOf(set, now.mono);
      if (backup === null || backup === keep || this.isLateAt(set.path)) continue;
      const rank = this.#isOversized(set) ? Number.NEGATIVE_INFINITY : this.#ages.of(backup);
      if (found === null || rank < found.rank) found = { set, backup, rank };
    }
    return found;
  }

  /** Without those that failed lately. A backup that cannot be removed does not keep the others of its log. */
  #oldestOf(set: BackupSet, mono: number): Backup | null {
    let failed = 0;
    let oldest: Backup | null = null;
    for (const backup of set.known) {
      const failure = this.#failures.get(backup);
      if (failure !== undefined && mono - failure.at < RETRY_MS) failed += 1;
      else if (oldest === null || backup.index >= oldest.index) oldest = backup;
    }
    return failed < TRIED ? oldest : null;
  }

  /** It has a backup that is larger than any made under this limit: others do not go because of it. */
  #isOversized(set: BackupSet): boolean {
    return set.known.some(({ size }) => size > this.#deps.oversized);
  }

  async #remove(set: BackupSet, backup: Backup): Promise<void> {
    const { report, startPause, eased } = this.#deps;
    const { path } = set;
    const place = this.#placeOf(path);
    const limitMs = set.isBusy ? 2 * REMOVAL_MS : REMOVAL_MS;
    const limit = startPause(limitMs);
    let isOver = false;
    const removal = set.remove(backup).then((removed) => {
      isOver = true;
      limit.cancel();
      if (!removed.ok) this.#failed(path, backup, removed.error);
      if (this.#late.delete(place)) eased();
      else this.#told.delete(place);
    });
    await Promise.race([removal, limit.over]);
    if (isOver) return;
    this.#late.add(place);
    eased();
    if (this.#told.has(place)) return;
    this.#told.add(place);
    report(path, "ERRO", lateRemovalText(path, backup, limitMs));
  }

  /** It is tried again later. Reported once for each error. */
  #failed(path: string, backup: Backup, errno: Errno): void {
    const before = this.#failures.get(backup);
    this.#failures.set(backup, { errno, at: this.#deps.clock.now().mono });
    if (before?.errno === errno) return;
    this.#deps.report(path, "ERRO", removeFailureText(path, backup, errno));
  }

  /** The file system, or the directory if that is not known. */
  #placeOf(path: string): Place {
    const directory = directoryOf(path);
    return this.#deps.fileSystemOf(directory) ?? directory;
  }
}

/** With the `/` at its end. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
