// The names of rotated logs: NAME.1 is the newest, up to the number of backups that are kept. Compressed ones end in .gz or .zst.

import type { Compression } from "../config/value-types.ts";

/** What follows the number in a name. */
export type BackupForm = "" | ".gz" | ".zst";

export const BACKUP_FORMS: readonly BackupForm[] = ["", ".gz", ".zst"];

const TEMPORARY = ".tsv-compressing";

/** What the name of a backup says. */
export interface BackupPlace {
  /** 1 for the newest. */
  readonly index: number;
  readonly form: BackupForm;
}

/** A file that was rotated away. Its place changes with each rotation. */
export interface Backup {
  /** 1 for the newest; 0 when it was removed. */
  index: number;
  form: BackupForm;
  /** Bytes. */
  size: number;
  /** When it was written last, epoch milliseconds. */
  readonly changedAt: number;
}

/** NAME.3.gz */
export function backupPath(path: string, { index, form }: BackupPlace): string {
  return `${path}.${index}${form}`;
}

/** Which backup a name is of, and of which log; null for other names. @param name without a directory, or with one */
export function backupPlace(name: string): (BackupPlace & { readonly of: string }) | null {
  const [, of, index, form = ""] = /^(.+)\.([1-9][0-9]{0,8})(\.gz|\.zst)?$/s.exec(name) ?? [];
  return of === undefined ? null : { of, index: Number(index), form: form as BackupForm };
}

/** Backups by their number: there may be thousands. */
export function byIndex<T extends BackupPlace>(backups: readonly T[]): ReadonlyMap<number, T[]> {
  const found = new Map<number, T[]>();
  for (const backup of backups) {
    const others = found.get(backup.index);
    if (others === undefined) found.set(backup.index, [backup]);
    else others.push(backup);
  }
  return found;
}

/** Where a backup is compressed before it gets its name. Only tsv makes files of this name. */
export function temporaryPath(path: string): string {
  return `${path}${TEMPORARY}`;
}

/** The log that a temporary path is of; null for other names. */
export function temporaryOf(name: string): string | null {
  const base = name.endsWith(TEMPORARY) ? name.slice(0, -TEMPORARY.length) : "";
  return base === "" || base.endsWith("/") ? null : base;
}

/** The form that a kind of compression makes. */
export function formOf(compression: Exclude<Compression, "none">): BackupForm {
  return compression === "gzip" ? ".gz" : ".zst";
}

/** One step of a rotation. A missing file is no error; a rename replaces what is there. */
export type ShiftStep =
  | {
      readonly kind: "rename";
      readonly from: string;
      readonly to: string;
      /** Where `to` is among the backups. */
      readonly place: BackupPlace;
      readonly backup: Backup | null;
    }
  | { readonly kind: "remove"; readonly path: string; readonly backup: Backup };

/**
 * The steps of a rotation in order, so that a crash between two of them loses nothing but what was to be removed. The file
 * becomes .1, .1 becomes .2, up to the number of backups; files beyond that number are kept (Supervisor, loggers.py,
 * RotatingFileHandler.doRollover). Empty for no backups: then the file is only emptied.
 * @param known the backups that were found: there are as many steps, however many may be kept
 */
export function shiftSteps(
  path: string,
  keep: number,
  known: readonly Backup[],
): readonly ShiftStep[] {
  if (keep === 0) return [];
  const steps: ShiftStep[] = [];
  const places = byIndex(known);
  if (keep === 1 || places.has(keep - 1)) {
    for (const backup of places.get(keep) ?? []) {
      steps.push({ kind: "remove", path: backupPath(path, backup), backup });
    }
  }
  for (const { from, to, backup } of moves(path, keep, known)) {
    steps.push({ kind: "rename", from, to: backupPath(path, to), place: to, backup });
  }
  return steps;
}

/** Where a rotation would overwrite a file that is not among the known backups: another process may have made one. */
export function unknownTargets(
  path: string,
  keep: number,
  known: readonly Backup[],
): readonly string[] {
  const paths = new Set(known.map((backup) => backupPath(path, backup)));
  return moves(path, keep, known)
    .map(({ to }) => backupPath(path, to))
    .filter((target) => !paths.has(target));
}

interface Move {
  readonly from: string;
  readonly to: BackupPlace;
  /** Null for the log itself. */
  readonly backup: Backup | null;
}

/** From the oldest on; the log is the last. */
function moves(path: string, keep: number, known: readonly Backup[]): readonly Move[] {
  if (keep === 0) return [];
  const backups = known.filter(({ index }) => index < keep).sort((a, b) => b.index - a.index);
  const up = backups.map((backup) => ({
    ...{ backup, from: backupPath(path, backup) },
    to: { index: backup.index + 1, form: backup.form },
  }));
  return [...up, { from: path, to: { index: 1, form: "" }, backup: null }];
}
