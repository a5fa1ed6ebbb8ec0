// The backups of one log: finds them, moves them up at a rotation, removes them and replaces them with compressed copies. Runs
// one operation at a time, because an operation renames files that the next one names.

import { err, ok, type Result } from "../../../core/base/result.ts";
import {
  BACKUP_FORMS,
  type Backup,
  type BackupForm,
  type BackupPlace,
  backupPath,
  byIndex,
  shiftSteps,
  temporaryPath,
  unknownTargets,
} from "../../../core/logs/backups.ts";
import { rotateFailureText } from "../../../core/logs/messages.ts";
import type { FileIdentity } from "../../../core/snapshot/snapshot.ts";
import type { Errno, LogFiles, OpenBackup } from "../../../ports/log-files.ts";

/** Most milliseconds between the times of a backup and its copy: the copy's is set in seconds whose fraction Node truncates. */
const COPIED_TIME_MS = 1;

const COMPRESSED_FORMS = BACKUP_FORMS.filter((form) => form !== "");

/** A backup that is being compressed. */
export interface Compressing {
  readonly backup: Backup;
  readonly opened: OpenBackup;
  /** True when the backup is to be removed, so that the compression must end. */
  isCancelled: boolean;
}

/** An error, and the step that failed, with its file. */
interface CompressError {
  readonly errno: Errno;
  readonly step: string;
}

/** The compressed copy that replaces a backup. */
export interface Compressed {
  readonly form: BackupForm;
  readonly size: number;
  readonly file: FileIdentity;
}

export class BackupSet {
  readonly path: string;
  readonly #files: LogFiles;
  readonly #now: () => number;
  #known: Backup[] = [];
  /** The `keep` that the backups were loaded for; null when they must be loaded. */
  #loadedFor: number | null = null;
  /** Why the last load failed; null if it did not. Prevents rotation, which could overwrite a backup. */
  #unread: Errno | null = null;
  #isTidy = false;
  /** A leftover copy of a backup that the last load could not remove. Prevents rotation, which could separate the two files. */
  #left: { readonly path: string; readonly errno: Errno } | null = null;
  #compressing: Compressing | null = null;
  #ended: Promise<void> = Promise.resolve();
  /** Settles `#ended`. */
  #end = (): void => {};
  #last: Promise<unknown> = Promise.resolve();

  /** @param now epoch milliseconds */
  constructor(path: string, files: LogFiles, now: () => number) {
    this.path = path;
    this.#files = files;
    this.#now = now;
  }

  get known(): readonly Backup[] {
    return this.#known;
  }

  /** True while a backup is being compressed. */
  get isBusy(): boolean {
    return this.#compressing !== null;
  }

  /** Looks for the backups unless that was done. @param keep the largest number of a backup */
  load(keep: number): Promise<void> {
    return this.#exclusive(() => this.#load(keep));
  }

  /**
   * Moves the backups up, and the log to .1. Stops at the first error, because continuing would overwrite a backup.
   * @param size size of the log, bytes
   * @returns null when done, otherwise the message
   */
  shift(keep: number, size: number): Promise<string | null> {
    return this.#exclusive(async () => {
      if (keep > 0) await this.#load(keep);
      if (await this.#overwrites(keep)) await this.#loadAgain(keep);
      const failure = await this.#shift(keep, size);
      // An operation that returned an error may have happened even so.
      if (failure !== null) this.#loadedFor = null;
      if (this.#loadedFor === null && keep > 0) await this.#load(keep);
      return failure;
    });
  }

  /** Reports whether another process has made a backup that a rotation would overwrite. */
  async #overwrites(keep: number): Promise<boolean> {
    for (const target of unknownTargets(this.path, keep, this.#known)) {
      const found = await this.#files.identify(target);
      if (found.ok || found.error !== "ENOENT") return true;
    }
    return false;
  }

  /** Removes the temporary file of a compression that a crash interrupted. */
  tidy(): Promise<void> {
    return this.#exclusive(() => this.#tidy());
  }

  /** Removes a backup. Cancels a compression of it first and waits for its end, because the compression has the file open. */
  async remove(backup: Backup): Promise<Result<true, Errno>> {
    if (this.#compressing?.backup === backup) {
      this.#compressing.isCancelled = true;
      await this.#ended;
    }
    return await this.#exclusive(() => this.#remove(backup));
  }

  /** Removes all backups, including those made by other processes. @returns the first error, after all have been tried */
  async clear(keep: number): Promise<Result<true, Errno>> {
    await this.#exclusive(() => this.#loadAgain(keep));
    let result: Result<true, Errno> = ok(true);
    for (const backup of [...this.#known].sort((a, b) => b.index - a.index)) {
      const removed = await this.remove(backup);
      if (!removed.ok && result.ok) result = removed;
    }
    return result;
  }

  /**
   * Opens the newest backup that is not compressed. `endCompression` must follow.
   * @param skips says which backups to skip
   * @returns null when there is no such backup
   */
  beginCompression(
    keep: number,
    skips: (backup: Backup) => boolean,
  ): Promise<Result<Compressing, CompressError> | null> {
    return this.#exclusive(async () => {
      const opened = await this.#openNewest(keep, skips);
      if (opened?.ok !== true) return opened;
      this.#compressing = opened.value;
      this.#ended = new Promise((resolve) => {
        this.#end = resolve;
      });
      return opened;
    });
  }

  /**
   * Replaces the backup with its copy, if there is one. The backup must be closed.
   * @returns whether the copy has replaced the backup, or the backup has vanished
   */
  async endCompression(
    compressing: Compressing,
    copy: Compressed | null,
  ): Promise<Result<boolean, CompressError>> {
    try {
      return copy === null ? ok(false) : await this.#replace(compressing, copy);
    } finally {
      this.#compressing = null;
      this.#end();
    }
  }

  async #openNewest(
    keep: number,
    skips: (backup: Backup) => boolean,
  ): Promise<Result<Compressing, CompressError> | null> {
    await this.#load(keep);
    for (let isFirst = true; ; isFirst = false) {
      const backup = this.#newestPlain(skips);
      if (backup === null) return null;
      const path = backupPath(this.path, backup);
      const opened = await this.#files.openBackup(path);
      if (opened.ok) return ok({ backup, opened: opened.value, isCancelled: false });
      if (opened.error !== "ENOENT") return err({ errno: opened.error, step: `opening '${path}'` });
      this.#vanished(backup);
      // Only once: a file system may list a file that it does not open.
      if (isFirst) await this.#load(keep);
    }
  }

  /** Replaces a backup with its compressed copy, if the backup still is the file that the copy was made from. */
  #replace(
    { backup, opened }: Compressing,
    { form, size, file }: Compressed,
  ): Promise<Result<true, CompressError>> {
    const files = this.#files;
    const temporary = temporaryPath(this.path);
    const failed = (errno: Errno, path: string) => err({ errno, step: `replacing '${path}'` });
    return this.#exclusive(async () => {
      const plain = backupPath(this.path, backup);
      const isThere = backup.index > 0 && (await files.isFile(plain, opened.file));
      if (!isThere) {
        await files.removeLeft(temporary);
        if (backup.index > 0) this.#loadedFor = null;
        return ok(true);
      }
      const path = backupPath(this.path, { ...backup, form });
      if (!(await files.isFile(temporary, file))) return failed("ESTALE", temporary);
      const renamed = await files.rename(temporary, path);
      if (!renamed.ok) {
        // The rename may have happened even so: then the next load finds both files.
        this.#loadedFor = null;
        await files.removeLeft(temporary);
        return failed(renamed.error, path);
      }
      const removed = await files.unlink(plain);
      if (!removed.ok && removed.error !== "ENOENT") {
        // The original may be gone even so. The copy stays until the next load finds out: see `#removeLeft`.
        this.#known.push({ ...backup, form, size });
        this.#loadedFor = null;
        return failed(removed.error, plain);
      }
      backup.form = form;
      backup.size = size;
      return ok(true);
    });
  }

  /** The newest uncompressed backup without a compressed one of the same number; null for none. */
  #newestPlain(skips: (backup: Backup) => boolean): Backup | null {
    let newest: Backup | null = null;
    for (const [index, each] of byIndex(this.#known)) {
      const [backup] = each;
      if (backup === undefined || each.length > 1 || backup.form !== "") continue;
      if (!skips(backup) && (newest === null || index < newest.index)) newest = backup;
    }
    return newest;
  }

  async #load(keep: number): Promise<void> {
    if (this.#loadedFor === keep) return;
    const found = await this.#files.backups(this.path, keep);
    this.#unread = found.ok ? null : found.error;
    if (!found.ok) return;
    this.#loadedFor = keep;
    // Reuse known objects: a compression has a reference to the backup that it compresses.
    const before = byIndex(this.#known);
    this.#known = found.value.map((facts) => {
      const { index, form, size } = facts;
      const same = before.get(index)?.find((each) => each.form === form);
      if (same !== undefined) return Object.assign(same, { size });
      // A clock may have been wrong when the backup was written.
      return { index, form, size, changedAt: Math.min(facts.changedAt, this.#now()) };
    });
    const times = new Map(this.#known.map((each, at) => [each, found.value[at]?.changedAt ?? 0]));
    this.#left = null;
    for (const each of byIndex(this.#known).values()) await this.#removeLeft(each, times);
    await this.#tidy();
  }

  #loadAgain(keep: number): Promise<void> {
    this.#loadedFor = null;
    return this.#load(keep);
  }

  async #tidy(): Promise<void> {
    if (this.#isTidy || this.isBusy) return;
    await this.#files.removeLeft(temporaryPath(this.path));
    this.#isTidy = true;
  }

  /**
   * Removes the copy of a compression that was interrupted before it removed the original. Such a copy has the original's time.
   * @param same the backups of one number
   * @param times when each backup was written last, epoch milliseconds
   */
  async #removeLeft(same: readonly Backup[], times: ReadonlyMap<Backup, number>): Promise<void> {
    const timeOf = (backup: Backup): number => times.get(backup) ?? 0;
    const original = same.find(({ form }) => form === "");
    if (original === undefined) return;
    for (const backup of same) {
      if (backup === original) continue;
      const difference = Math.abs(timeOf(backup) - timeOf(original));
      if (difference > COPIED_TIME_MS) continue;
      const removed = await this.#remove(backup);
      if (removed.ok) continue;
      // The next load tries again.
      this.#loadedFor = null;
      this.#left = { path: backupPath(this.path, backup), errno: removed.error };
    }
  }

  async #shift(keep: number, size: number): Promise<string | null> {
    if (keep > 0 && this.#unread !== null) {
      return rotateFailureText(this.path, this.#unread, "looking for its backups");
    }
    const left = keep > 0 ? this.#left : null;
    if (left !== null) return rotateFailureText(this.path, left.errno, `removing '${left.path}'`);
    for (const step of shiftSteps(this.path, keep, this.#known)) {
      if (step.kind === "remove") {
        const removed = await this.#remove(step.backup);
        if (removed.ok) continue;
        return rotateFailureText(this.path, removed.error, `removing '${step.path}'`);
      }
      const { from, to, place, backup } = step;
      const renamed = await this.#files.rename(from, to);
      if (!renamed.ok && renamed.error !== "ENOENT") {
        return this.#unmoved(renamed.error, from, to);
      }
      if (renamed.ok) this.#replaced(place);
      if (backup === null) {
        if (renamed.ok) this.#known.push({ index: 1, form: "", size, changedAt: this.#now() });
        continue;
      }
      const failure = renamed.ok ? null : await this.#moveInstead(backup, place);
      if (failure !== null) return failure;
      if (renamed.ok) backup.index += 1;
    }
    return null;
  }

  /**
   * Moves up the other forms of a backup that is missing: another process may have compressed or decompressed it.
   * @returns null when done, otherwise the message
   */
  async #moveInstead(backup: Backup, place: BackupPlace): Promise<string | null> {
    const { index } = backup;
    let failure: string | null = null;
    for (const form of BACKUP_FORMS) {
      if (form === backup.form || failure !== null) continue;
      const from = backupPath(this.path, { index, form });
      const to = backupPath(this.path, { ...place, form });
      const renamed = await this.#files.rename(from, to);
      if (!renamed.ok && renamed.error !== "ENOENT")
        failure = this.#unmoved(renamed.error, from, to);
    }
    this.#vanished(backup);
    return failure;
  }

  #unmoved(errno: Errno, from: string, to: string): string {
    return rotateFailureText(this.path, errno, `renaming '${from}' to '${to}'`);
  }

  /** Forgets the backups at a place that a rename has overwritten. */
  #replaced({ index, form }: BackupPlace): void {
    const there = this.#known.filter((each) => each.index === index && each.form === form);
    for (const each of there) this.#forget(each);
  }

  async #remove(backup: Backup): Promise<Result<true, Errno>> {
    const { index } = backup;
    if (index === 0) return ok(true);
    const removed = await this.#files.unlink(backupPath(this.path, backup));
    if (!removed.ok && removed.error !== "ENOENT") return removed;
    if (removed.ok) this.#forget(backup);
    else this.#vanished(backup);
    const others = removed.ok || backup.form !== "" ? [] : COMPRESSED_FORMS;
    for (const form of others) {
      // Another process may have compressed the backup.
      const other = await this.#files.unlink(backupPath(this.path, { index, form }));
      if (!other.ok && other.error !== "ENOENT") return other;
    }
    return ok(true);
  }

  /** Forgets a backup that another process has removed. The next load looks for others that the process may have made. */
  #vanished(backup: Backup): void {
    this.#forget(backup);
    this.#loadedFor = null;
  }

  #forget(backup: Backup): void {
    this.#known = this.#known.filter((each) => each !== backup);
    backup.index = 0;
  }

  #exclusive<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Settles when no operation and no compression is running or queued. */
  async rest(): Promise<void> {
    for (let last = null; last !== this.#last; ) {
      last = this.#last;
      await last;
      await this.#ended;
    }
  }
}

/** The set of backups of each log, by its path, whether the log is open or not. */
export class BackupSets {
  readonly #files: LogFiles;
  readonly #now: () => number;
  readonly #sets = new Map<string, BackupSet>();
  /** Number of channels that have each log, by path. */
  readonly #users = new Map<string, number>();

  /** Directories that were searched for temporary files of interrupted compressions. */
  readonly #tidied = new Set<string>();

  constructor(files: LogFiles, now: () => number) {
    this.#files = files;
    this.#now = now;
  }

  get(path: string): BackupSet {
    const known = this.#sets.get(path);
    if (known !== undefined) return known;
    const set = new BackupSet(path, this.#files, this.#now);
    this.#sets.set(path, set);
    return set;
  }

  /** A channel has the log, until `release`. @returns whether it is the first one */
  hold(path: string): boolean {
    const directory = path.slice(0, path.lastIndexOf("/") + 1);
    if (!this.#tidied.has(directory)) {
      this.#tidied.add(directory);
      void this.#tidy(directory);
    }
    const users = this.#users.get(path) ?? 0;
    this.#users.set(path, users + 1);
    return users === 0;
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

  /** A channel has the log no more. @returns whether it was the last one */
  release(path: string): boolean {
    const left = (this.#users.get(path) ?? 1) - 1;
    this.#users.set(path, left);
    if (left > 0) return false;
    this.#users.delete(path);
    void this.#forget(path);
    return true;
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
