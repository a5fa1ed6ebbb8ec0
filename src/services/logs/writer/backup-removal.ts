// Which backup goes first when there is no room left, and its removal. A file system that does not answer holds up no log on another
// one: the backups in that directory stay until it does.

import type { Backup } from "../../../core/logs/backups.ts";
import { lateRemovalText, removeFailureText } from "../../../core/logs/messages.ts";
import type { StartPause } from "../../../ports/pause.ts";
import { BackupAges } from "./backup-ages.ts";
import type { BackupSet } from "./backup-set.ts";
import type { ReportError } from "./log-errors.ts";

/** How long a removal is waited for. */
export const REMOVAL_MS = 2000;

interface BackupRemovalDeps {
  readonly report: ReportError;
  readonly startPause: StartPause;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A backup that is larger was not made under the limit, bytes: the set that has it gives way first. */
  readonly oversized: number;
  /** Those that the limit holds for. */
  readonly sets: () => readonly BackupSet[];
}

export class BackupRemoval {
  readonly #deps: BackupRemovalDeps;
  readonly #ages = new BackupAges();
  /** Those that cannot be removed. */
  readonly #stuck = new Set<Backup>();
  /** Directories in which removals have not been answered in time. */
  readonly #late = new Set<string>();
  #present: Promise<void> | null = null;

  constructor(deps: BackupRemovalDeps) {
    this.#deps = deps;
  }

  /** Settles when the present removal is over, or has taken too long; null when there is none. */
  get present(): Promise<void> | null {
    return this.#present;
  }

  /** The backups of a set have changed. */
  changed(set: BackupSet): void {
    const now = this.#deps.now();
    this.#ages.told(now, this.#deps.sets);
    this.#ages.found(set, now);
  }

  /**
   * Removes the oldest backup of all; of one log, that is the one with the highest number.
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
    this.#ages.told(this.#deps.now(), () => sets);
    let found: { readonly set: BackupSet; readonly backup: Backup; readonly rank: number } | null =
      null;
    for (const set of sets) {
      const backup = set.oldest;
      if (backup === null || backup === keep || this.#stuck.has(backup)) continue;
      if (this.#late.has(directoryOf(set.path))) continue;
      const rank = this.#isOversized(set) ? Number.NEGATIVE_INFINITY : this.#ages.of(backup);
      if (found === null || rank < found.rank) found = { set, backup, rank };
    }
    return found;
  }

  /** It has a backup that is larger than any made under this limit: others do not go because of it. */
  #isOversized(set: BackupSet): boolean {
    return set.known.some(({ size }) => size > this.#deps.oversized);
  }

  async #remove(set: BackupSet, backup: Backup): Promise<void> {
    const { report, startPause } = this.#deps;
    const { path } = set;
    const directory = directoryOf(path);
    const limit = startPause(REMOVAL_MS);
    const removal = set.remove(backup).then((removed) => {
      this.#late.delete(directory);
      limit.cancel();
      if (removed.ok) return;
      this.#stuck.add(backup);
      report(path, "ERRO", removeFailureText(path, backup, removed.error));
    });
    const isLate = await Promise.race([removal.then(() => false), limit.over.then(() => true)]);
    if (!isLate || backup.index === 0 || this.#stuck.has(backup)) return;
    this.#late.add(directory);
    report(path, "ERRO", lateRemovalText(path, backup, REMOVAL_MS));
  }
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
