// The backups of each log, by its path: they are there whether the log is open or not.

import type { LogFiles } from "../../../ports/log-files.ts";
import { BackupSet } from "./backup-set.ts";

export class BackupSets {
  readonly #files: LogFiles;
  readonly #sets = new Map<string, BackupSet>();

  constructor(files: LogFiles) {
    this.#files = files;
  }

  get(path: string): BackupSet {
    const known = this.#sets.get(path);
    if (known !== undefined) return known;
    const set = new BackupSet(path, this.#files);
    this.#sets.set(path, set);
    return set;
  }

  /** No process has the log any more. */
  forget(path: string): void {
    if (this.#sets.get(path)?.isBusy === false) this.#sets.delete(path);
  }
}
