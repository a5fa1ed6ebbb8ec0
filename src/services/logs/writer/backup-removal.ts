// Chooses the backup to remove when there is no room left, and removes it. While a removal on one file system is late, backups
// on other file systems are removed instead, if there are any.

import { SECOND } from "../../../core/base/time.ts";
import type { Backup } from "../../../core/logs/backups.ts";
import { lateRemovalText, removeFailureText } from "../../../core/logs/messages.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Errno } from "../../../ports/log-files.ts";
import type { StartPause } from "../../../ports/pause.ts";
import { BackupAges } from "./backup-ages.ts";
import type { BackupSet } from "./backup-set.ts";
import type { ReportError } from "./log-errors.ts";

/** Milliseconds after which a removal is late; twice that when a compression must be cancelled first. */
export const REMOVAL_MS = 2000;
/** Milliseconds after which the removal of a backup is tried again after an error. */
const RETRY_MS = 10 * SECOND;
/** Failed removals of one log within `RETRY_MS` after which no other backup of it is tried: probably all of them would fail. */
const TRIED = 2;

interface BackupRemovalDeps {
  readonly report: ReportError;
  readonly startPause: StartPause;
  readonly clock: Clock;
  /** Bytes. A larger backup was not made under the limit: backups of its set are removed first. */
  readonly oversized: number;
  /** The sets that the limit applies to. */
  readonly sets: () => readonly BackupSet[];
  /** Identifies the file system of a directory; null if it is not known. */
  readonly fileSystemOf: (directory: string) => number | null;
  /** Called when there may be room, or a backup to remove. */
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
  /** File systems on which a removal is late. */
  readonly #late = new Set<Place>();
  /** File systems that were reported as late, until a removal there is in time. */
  readonly #told = new Set<Place>();
  #present: Promise<void> | null = null;

  constructor(deps: BackupRemovalDeps) {
    this.#deps = deps;
  }

  /** Settles when the current removal is over or late; null when there is none. */
  get present(): Promise<void> | null {
    return this.#present;
  }

  /** True while any removal is late: when it is over, there is more room. */
  get isLate(): boolean {
    return this.#late.size > 0;
  }

  /** True while a removal on the file system of this log is late. */
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
   * Removes the oldest backup of all logs. The oldest backup of one log is the one with the highest number that can be removed.
   * @param keep a backup that is not removed
   * @returns whether there was a backup to remove
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

  /** The oldest backup of a set without a failure within `RETRY_MS`: one failure does not block the other backups. */
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

  /** True for a set with a backup larger than any made under this limit: other logs lose no backups because of it. */
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

  /** Notes the failure: the removal is tried again later. Reports each error of a backup once. */
  #failed(path: string, backup: Backup, errno: Errno): void {
    const before = this.#failures.get(backup);
    this.#failures.set(backup, { errno, at: this.#deps.clock.now().mono });
    if (before?.errno === errno) return;
    this.#deps.report(path, "ERRO", removeFailureText(path, backup, errno));
  }

  /** The file system of a path, or its directory if the file system is not known. */
  #placeOf(path: string): Place {
    const directory = directoryOf(path);
    return this.#deps.fileSystemOf(directory) ?? directory;
  }
}

/** The directory of a path, with a trailing `/`. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
