// The names of backups of a log: NAME.1 is the newest. Numbers go up to the number of backups that are kept. The name of a
// compressed backup ends in .gz or .zst.

import type { Compression } from "../config/value-types.ts";

/** The suffix after the number in the name of a backup. */
export type BackupForm = "" | ".gz" | ".zst";

export const BACKUP_FORMS: readonly BackupForm[] = ["", ".gz", ".zst"];

const TEMPORARY = ".tsv-compressing";

/** The number and the suffix in the name of a backup. */
export interface BackupPlace {
  /** 1 for the newest. */
  readonly index: number;
  readonly form: BackupForm;
}

/** A backup of a log. Its number changes with each rotation. */
export interface Backup {
  /** 1 for the newest; 0 when it was removed. */
  index: number;
  form: BackupForm;
  /** Bytes. */
  size: number;
  /** Last modification, epoch milliseconds. */
  readonly changedAt: number;
}

/** NAME.3.gz */
export function backupPath(path: string, { index, form }: BackupPlace): string {
  return `${path}.${index}${form}`;
}

/**
 * Parses the name of a backup into its log, number and suffix; null for other names.
 * @param name with or without a directory
 */
export function backupPlace(name: string): (BackupPlace & { readonly of: string }) | null {
  const [, of, index, form = ""] = /^(.+)\.([1-9][0-9]{0,8})(\.gz|\.zst)?$/s.exec(name) ?? [];
  return of === undefined ? null : { of, index: Number(index), form: form as BackupForm };
}

/** Indexes backups by number, since there may be thousands. */
export function byIndex<T extends BackupPlace>(backups: readonly T[]): ReadonlyMap<number, T[]> {
  const found = new Map<number, T[]>();
  for (const backup of backups) {
    const others = found.get(backup.index);
    if (others === undefined) found.set(backup.index, [backup]);
    else others.push(backup);
  }
  return found;
}

/** The temporary file into which a backup is compressed, before it is renamed. Only tsv creates files of this name. */
export function temporaryPath(path: string): string {
  return `${path}${TEMPORARY}`;
}

/** The log of a temporary path; null for other names. */
export function temporaryOf(name: string): string | null {
  const base = name.endsWith(TEMPORARY) ? name.slice(0, -TEMPORARY.length) : "";
  return base === "" || base.endsWith("/") ? null : base;
}

/** The suffix of backups with this compression. */
export function formOf(compression: Exclude<Compression, "none">): BackupForm {
  return compression === "gzip" ? ".gz" : ".zst";
}

/** One step of a rotation. A missing file is no error; a rename replaces an existing file. */
type ShiftStep =
  | {
      readonly kind: "rename";
      readonly from: string;
      readonly to: string;
      /** The number and the suffix of `to`. */
      readonly place: BackupPlace;
      readonly backup: Backup | null;
    }
  | { readonly kind: "remove"; readonly path: string; readonly backup: Backup };

/**
 * The steps of a rotation, in an order such that a crash between two of them loses only files that the rotation removes. The
 * log becomes .1, .1 becomes .2, up to the number of backups; files beyond that number are kept (Supervisor, loggers.py,
 * RotatingFileHandler.doRollover). Empty if no backups are kept: then the log is only truncated.
 * @param known the backups that exist: they determine the number of steps, not `keep`
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

/** The target paths of a rotation that are not known backups: another process may have created a file there. */
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

/** The renames of a rotation: the oldest backup first, the log last. */
function moves(path: string, keep: number, known: readonly Backup[]): readonly Move[] {
  if (keep === 0) return [];
  const backups = known.filter(({ index }) => index < keep).sort((a, b) => b.index - a.index);
  const up = backups.map((backup) => ({
    ...{ backup, from: backupPath(path, backup) },
    to: { index: backup.index + 1, form: backup.form },
  }));
  return [...up, { from: path, to: { index: 1, form: "" }, backup: null }];
}
