// How old backups are, by clocks that may have been wrong: none is newer than the moment at which it was found.

import type { Backup } from "../../../core/logs/backups.ts";
import type { BackupSet } from "./backup-set.ts";

export class BackupAges {
  /** Of those whose own times were in the future: epoch milliseconds. */
  readonly #corrected = new WeakMap<Backup, number>();
  /** The latest moment up to now; the clock has been set back when it is earlier than before. */
  #latest = Number.NEGATIVE_INFINITY;

  /** When it was written last, or found if that is earlier: epoch milliseconds. */
  of(backup: Backup): number {
    return this.#corrected.get(backup) ?? backup.changedAt;
  }

  /** Backups are there, some of which may not have been before. @param now epoch milliseconds */
  found({ known }: BackupSet, now: number): void {
    for (const backup of known) {
      if (this.of(backup) > now) this.#corrected.set(backup, now);
    }
  }

  /** It is now so late, epoch milliseconds. To be told at each change. @param sets all there are */
  told(now: number, sets: () => readonly BackupSet[]): void {
    if (now < this.#latest) for (const set of sets()) this.found(set, now);
    this.#latest = now;
  }
}
