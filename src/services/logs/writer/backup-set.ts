// The backups of one log: found, moved up at a rotation, removed, and replaced by compressed ones. One operation at a time, because
// each moves what the next one names.

import { ok, type Result } from "../../../core/base/result.ts";
import type { FileIdentity } from "../../../core/handover/model.ts";
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
import type { Errno, LogFiles, OpenBackup } from "../../../ports/log-files.ts";

/** By how much the time of a copy may differ, which is set in seconds with a fraction: Node cuts it off. */
const COPIED_TIME_MS = 1;

const COMPRESSED_FORMS = BACKUP_FORMS.filter((form) => form !== "");

/** A backup that is being compressed. */
export interface Compressing {
  readonly backup: Backup;
  readonly opened: OpenBackup;
  /** Settles when it is called off. */
  readonly cancelled: Promise<void>;
}

/** What replaced it. */
interface Compressed {
  readonly form: BackupForm;
  readonly size: number;
  /** The copy. */
  readonly file: FileIdentity;
}

export class BackupSet {
  readonly path: string;
  readonly #files: LogFiles;
  #changed: () => void = () => undefined;
  #known: Backup[] = [];
  /** For how many backups they were looked for; null before that. */
  #loadedFor: number | null = null;
  #isTidy = false;
  /** The copy of a backup that could not be removed when they were looked for last: a rotation could separate the two. */
  #left: { readonly path: string; readonly errno: Errno } | null = null;
  #busy: { readonly backup: Backup; readonly cancel: () => void } | null = null;
  #ended: Promise<void> = Promise.resolve();
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, files: LogFiles) {
    this.path = path;
    this.#files = files;
  }

  /** @param changed called when their sizes may have changed */
  watch(changed: () => void): void {
    this.#changed = changed;
  }

  get known(): readonly Backup[] {
    return this.#known;
  }

  /** One of them is being compressed. */
  get isBusy(): boolean {
    return this.#busy !== null;
  }

  /** The one to remove first, even if it is being compressed: a later one would leave a gap. */
  get oldest(): Backup | null {
    return this.#known.reduce<Backup | null>(
      (oldest, each) => (oldest === null || each.index >= oldest.index ? each : oldest),
      null,
    );
  }

  /** Looks for them unless that was done. @param keep how many there may be */
  load(keep: number): Promise<void> {
    return this.#exclusive(() => this.#load(keep));
  }

  /**
   * Moves them up, and the log to .1. Stops at the first failure, because continuing would overwrite a backup.
   * @param live the size of the log, and the time
   * @returns null when done, else the message
   */
  shift(
    keep: number,
    live: { readonly size: number; readonly now: number },
  ): Promise<string | null> {
    return this.#exclusive(async () => {
      if (keep > 0) await this.#load(keep);
      if (await this.#overwrites(keep)) await this.#loadAgain(keep);
      const failure = await this.#shift(keep, live);
      // What failed may have been done all the same.
      if (failure !== null) this.#loadedFor = null;
      if (this.#loadedFor === null && keep > 0) await this.#load(keep);
      this.#changed();
      return failure;
    });
  }

  /** Another process has made a backup that a rotation would overwrite. */
  async #overwrites(keep: number): Promise<boolean> {
    for (const target of unknownTargets(this.path, keep, this.#known)) {
      const found = await this.#files.identify(target);
      if (found.ok || found.error !== "ENOENT") return true;
    }
    return false;
  }

  /** Removes what a compression has left that was interrupted by a crash. */
  tidy(): Promise<void> {
    return this.#exclusive(() => this.#tidy());
  }

  /** Removes one. An interrupted compression of it is waited for, which has it open. */
  async remove(backup: Backup): Promise<Result<true, Errno>> {
    if (this.#busy?.backup === backup) {
      this.#busy.cancel();
      await this.#ended;
    }
    return await this.#exclusive(() => this.#remove(backup));
  }

  /** Removes all, also what other processes have made. @returns the first failure */
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
   * Opens the newest backup that is not compressed, and removes what a compression has left that was interrupted.
   * @returns null for none; the path and the error if it cannot be opened
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
        // Once: a file system may list what it does not open.
        if (isFirst) await this.#load(keep);
      }
    });
  }

  /** Puts the compressed copy in the place of its original, if that still is what it was made of. */
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
        // It may have been done all the same: then both are found.
        this.#loadedFor = null;
        await files.removeLeft(temporary);
        return { ok: false, error: { path, errno: renamed.error } };
      }
      const removed = await files.unlink(plain);
      if (!removed.ok && removed.error !== "ENOENT") {
        // It may be gone all the same. The copy stays until it is known: see `#removeLeft`.
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

  /** That has no compressed one beside it. */
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

  /** The compression that `begin` began is over. @param work it, as a whole */
  ends(work: Promise<unknown>): void {
    const over = (): void => {
      this.#busy = null;
    };
    this.#ended = work.then(over, over);
  }

  async #load(keep: number): Promise<void> {
    if (this.#loadedFor === keep) {
      // For one that watches since it was loaded.
      this.#changed();
      return;
    }
    const found = await this.#files.backups(this.path, keep);
    if (!found.ok) return;
    this.#loadedFor = keep;
    // A compression holds on to the one that it is of.
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
   * A compression was interrupted before it removed its original, whose time its copy has.
   * @param same of one number
   * @param times when each was written last, epoch milliseconds
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
      // It is tried again.
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
   * Another process may have compressed a backup, or the other way round: what it made moves up instead.
   * @returns null when done, else the message
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

  /** A rename has removed what was there. */
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
      // Another process may have compressed it.
      const other = await this.#files.unlink(backupPath(this.path, { index, form }));
      if (!other.ok && other.error !== "ENOENT") return other;
    }
    this.#changed();
    return ok(true);
  }

  /** It is gone, by another process, which may have made others: they are looked for when it matters next. */
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

  /** Settles when nothing is under way, and nothing waits for its turn. */
  async rest(): Promise<void> {
    for (let last = null; last !== this.#last; ) {
      last = this.#last;
      await last;
      await this.#ended;
    }
  }
}
