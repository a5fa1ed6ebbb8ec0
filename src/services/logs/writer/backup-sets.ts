// The backups of each log, by its path: they are there whether the log is open or not.

import type { LogFiles } from "../../../ports/log-files.ts";
import { BackupSet } from "./backup-set.ts";

export class BackupSets {
  readonly #files: LogFiles;
  readonly #sets = new Map<string, BackupSet>();
  /** Channels that have each log. */
  readonly #users = new Map<string, number>();

  /** Directories in which what interrupted compressions had left was looked for. */
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

  /** Removes what is of logs that channels have. */
  async #tidy(directory: string): Promise<void> {
    const left = await this.#files.leftCompressions(directory);
    if (!left.ok) return;
    for (const path of left.value) if (this.#users.has(path)) await this.get(path).tidy();
  }

  /** Settles when no operation on any of them is under way. */
  async rest(): Promise<void> {
    await Promise.all(Array.from(this.#sets.values(), (set) => set.rest()));
  }

  /** A channel has it no more. */
  release(path: string): void {
    const left = (this.#users.get(path) ?? 1) - 1;
    if (left > 0) {
      this.#users.set(path, left);
      return;
    }
    this.#users.delete(path);
    void this.#forget(path);
  }

  /** There is one set of a log at any time: another one would read names that a rotation of this one is changing. */
  async #forget(path: string): Promise<void> {
    const set = this.#sets.get(path);
    if (set === undefined) return;
    await set.rest();
    if (!this.#users.has(path) && this.#sets.get(path) === set && !set.isBusy) {
      this.#sets.delete(path);
    }
  }
}
