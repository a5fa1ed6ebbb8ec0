// The ages of backups. A clock may have been wrong when a backup was written, so no backup is newer than the time it was found.

import type { Backup } from "../../../core/logs/backups.ts";
import type { BackupSet } from "./backup-set.ts";

export class BackupAges {
  /** The times of backups whose own times were in the future, epoch milliseconds. */
  readonly #corrected = new WeakMap<Backup, number>();
  /** The time of the last call of `told`. An earlier time in the next call means that the clock was set back. */
  #latest = Number.NEGATIVE_INFINITY;

  /** When a backup was written last, or found if that is earlier, epoch milliseconds. */
  of(backup: Backup): number {
    return this.#corrected.get(backup) ?? backup.changedAt;
  }

  /** Corrects the times of backups that are in the future. @param now epoch milliseconds */
  found({ known }: BackupSet, now: number): void {
    for (const backup of known) {
      if (this.of(backup) > now) this.#corrected.set(backup, now);
    }
  }

  /** Called at each change. Corrects all times if the clock was set back. @param now epoch milliseconds @param sets all sets */
  told(now: number, sets: () => readonly BackupSet[]): void {
    if (now < this.#latest) for (const set of sets()) this.found(set, now);
    this.#latest = now;
  }
}
