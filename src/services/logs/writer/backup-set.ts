// The backups of one log: finds them, moves them up at a rotation, removes them and replaces them with compressed copies. Runs
// one operation at a time, because an operation renames files that the next one names.

import { ok, type Result } from "../../../core/base/result.ts";
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
  /** Settles when the compression is cancelled. */
  readonly cancelled: Promise<void>;
}

/** The compressed copy that replaces a backup. */
interface Compressed {
  readonly form: BackupForm;
  readonly size: number;
  readonly file: FileIdentity;
}

export class BackupSet {
  readonly path: string;
  readonly #files: LogFiles;
  #changed: () => void = () => undefined;
  #known: Backup[] = [];
  /** The `keep` that the backups were loaded for; null when they must be loaded. */
  #loadedFor: number | null = null;
  #isTidy = false;
  /** A leftover copy of a backup that the last load could not remove. Prevents rotation, which could separate the two files. */
  #left: { readonly path: string; readonly errno: Errno } | null = null;
  #busy: { readonly backup: Backup; readonly cancel: () => void } | null = null;
  #ended: Promise<void> = Promise.resolve();
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, files: LogFiles) {
    this.path = path;
    this.#files = files;
  }

  /** @param changed called when the sizes of the backups may have changed */
  watch(changed: () => void): void {
    this.#changed = changed;
  }

  get known(): readonly Backup[] {
    return this.#known;
  }

  /** True while a backup is being compressed. */
  get isBusy(): boolean {
    return this.#busy !== null;
  }

  /** The backup to remove first, even while it is being compressed: removing a newer one would leave a gap. */
  get oldest(): Backup | null {
    return this.#known.reduce<Backup | null>(
      (oldest, each) => (oldest === null || each.index >= oldest.index ? each : oldest),
      null,
    );
  }

  /** Looks for the backups unless that was done. @param keep the largest number of a backup */
  load(keep: number): Promise<void> {
    return this.#exclusive(() => this.#load(keep));
  }

  /**
   * Moves the backups up, and the log to .1. Stops at the first error, because continuing would overwrite a backup.
   * @param live the size of the log in bytes, and the time in epoch milliseconds
   * @returns null when done, otherwise the message
   */
  shift(
    keep: number,
    live: { readonly size: number; readonly now: number },
  ): Promise<string | null> {
    return this.#exclusive(async () => {
      if (keep > 0) await this.#load(keep);
      if (await this.#overwrites(keep)) await this.#loadAgain(keep);
      const failure = await this.#shift(keep, live);
      // An operation that returned an error may have happened even so.
      if (failure !== null) this.#loadedFor = null;
      if (this.#loadedFor === null && keep > 0) await this.#load(keep);
      this.#changed();
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
    if (this.#busy?.backup === backup) {
      this.#busy.cancel();
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
   * Opens the newest backup that is not compressed, and removes the temporary file of an interrupted compression.
   * @param without backups to skip
   * @returns null when there is no such backup; the path and the error when it cannot be opened
   */
  begin(
    keep: number,
    without: Pick<ReadonlySet<Backup>, "has">,
  ): Promise<Result<Compressing, { readonly path: string; readonly errno: Errno }> | null> {
    return this.#exclusive(async () => {
      await this.#load(keep);
      for (let isFirst = true; ; isFirst = false) {
        const backup = this.#newestPlain(without);
        if (backup === null) return null;
        const path = backupPath(this.path, backup);
        const opened = await this.#files.openBackup(path);
        if (opened.ok) return ok(this.#begun(backup, opened.value));
        if (opened.error !== "ENOENT") return { ok: false, error: { path, errno: opened.error } };
        this.#vanished(backup);
        // Only once: a file system may list a file that it does not open.
        if (isFirst) await this.#load(keep);
      }
    });
  }

  /** Replaces a backup with its compressed copy, if the backup still is the file that the copy was made from. */
  finish(
    { backup, opened }: Compressing,
    { form, size, file }: Compressed,
  ): Promise<Result<true, { readonly path: string; readonly errno: Errno }>> {
    const files = this.#files;
    const temporary = temporaryPath(this.path);
    return this.#exclusive(async () => {
      const plain = backupPath(this.path, backup);
      const isThere = backup.index > 0 && (await files.isFile(plain, opened.file));
      if (!isThere) {
        await files.removeLeft(temporary);
        if (backup.index > 0) this.#loadedFor = null;
        return ok(true);
      }
      const path = backupPath(this.path, { ...backup, form });
      if (!(await files.isFile(temporary, file))) {
        return { ok: false, error: { path: temporary, errno: "ESTALE" } };
      }
      const renamed = await files.rename(temporary, path);
      if (!renamed.ok) {
        // The rename may have happened even so: then the next load finds both files.
        this.#loadedFor = null;
        await files.removeLeft(temporary);
        return { ok: false, error: { path, errno: renamed.error } };
      }
      const removed = await files.unlink(plain);
      if (!removed.ok && removed.error !== "ENOENT") {
        // The original may be gone even so. The copy stays until the next load finds out: see `#removeLeft`.
        this.#known.push({ ...backup, form, size });
        this.#loadedFor = null;
        this.#changed();
        return { ok: false, error: { path: plain, errno: removed.error } };
      }
      backup.form = form;
      backup.size = size;
      this.#changed();
      return ok(true);
    });
  }

  /** The newest uncompressed backup without a compressed one of the same number; null for none. */
  #newestPlain(without: Pick<ReadonlySet<Backup>, "has">): Backup | null {
    let newest: Backup | null = null;
    for (const [index, each] of byIndex(this.#known)) {
      const [backup] = each;
      if (backup === undefined || each.length > 1 || backup.form !== "") continue;
      if (!without.has(backup) && (newest === null || index < newest.index)) newest = backup;
    }
    return newest;
  }

  #begun(backup: Backup, opened: OpenBackup): Compressing {
    let cancel = (): void => undefined;
    const cancelled = new Promise<void>((resolve) => {
      cancel = resolve;
    });
    this.#busy = { backup, cancel };
    return { backup, opened, cancelled };
  }

  /** Ends the compression that `begin` began when `work` settles. @param work the whole compression */
  ends(work: Promise<unknown>): void {
    const over = (): void => {
      this.#busy = null;
    };
    this.#ended = work.then(over, over);
  }

  async #load(keep: number): Promise<void> {
    if (this.#loadedFor === keep) {
      // The watcher may be newer than the load.
      this.#changed();
      return;
    }
    const found = await this.#files.backups(this.path, keep);
    if (!found.ok) return;
    this.#loadedFor = keep;
    // Reuse known objects: a compression has a reference to the backup that it compresses.
    const before = byIndex(this.#known);
    this.#known = found.value.map((facts) => {
      const { index, form, size } = facts;
      const same = before.get(index)?.find((each) => each.form === form);
      return same === undefined ? { ...facts } : Object.assign(same, { size });
    });
    const times = new Map(this.#known.map((each, at) => [each, found.value[at]?.changedAt ?? 0]));
    this.#left = null;
    for (const each of byIndex(this.#known).values()) await this.#removeLeft(each, times);
    await this.#tidy();
    this.#changed();
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

  async #shift(
    keep: number,
    { size, now }: { readonly size: number; readonly now: number },
  ): Promise<string | null> {
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
        if (renamed.ok) this.#known.push({ index: 1, form: "", size, changedAt: now });
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
    this.#changed();
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
