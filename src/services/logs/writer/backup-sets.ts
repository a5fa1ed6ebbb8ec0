// The set of backups of each log, by its path, whether the log is open or not.

import type { LogFiles } from "../../../ports/log-files.ts";
import { BackupSet } from "./backup-set.ts";

export class BackupSets {
  readonly #files: LogFiles;
  readonly #sets = new Map<string, BackupSet>();
  /** Number of channels that have each log, by path. */
  readonly #users = new Map<string, number>();

  /** Directories that were searched for temporary files of interrupted compressions. */
  readonly #tidied = new Set<string>();

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

  /** A channel has the log, until `release`. */
  hold(path: string): void {
    const directory = path.slice(0, path.lastIndexOf("/") + 1);
    if (!this.#tidied.has(directory)) {
      this.#tidied.add(directory);
      void this.#tidy(directory);
    }
    this.#users.set(path, (this.#users.get(path) ?? 0) + 1);
  }

  /** Removes the temporary files of interrupted compressions, of logs that a channel has. */
  async #tidy(directory: string): Promise<void> {
    const left = await this.#files.leftCompressions(directory);
    if (!left.ok) return;
    for (const path of left.value) if (this.#users.has(path)) await this.get(path).tidy();
  }

  /** Settles when no operation on any set is running or queued. */
  async rest(): Promise<void> {
    await Promise.all(Array.from(this.#sets.values(), (set) => set.rest()));
  }

  /** A channel has the log no more. */
  release(path: string): void {
    const left = (this.#users.get(path) ?? 1) - 1;
    if (left > 0) {
      this.#users.set(path, left);
      return;
    }
    this.#users.delete(path);
    void this.#forget(path);
  }

  /** Waits for the operations of the set first: a second set of the log would read names while a rotation changes them. */
  async #forget(path: string): Promise<void> {
    const set = this.#sets.get(path);
    if (set === undefined) return;
    await set.rest();
    if (!this.#users.has(path) && this.#sets.get(path) === set && !set.isBusy) {
      this.#sets.delete(path);
    }
  }
}
