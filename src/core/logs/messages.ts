// Messages about logs that cannot be opened or written: what failed, for which log, why, and what to do.

import { octalMode } from "../base/permission-words.ts";
import { type Backup, type BackupPlace, backupPath } from "./backups.ts";

/** The component of a path at which opening a file failed, and the reason. */
export interface PathDiagnosis {
  /** The first component of the path that caused the failure. */
  readonly component: string;
  readonly problem:
    | "missing"
    | "not-a-directory"
    | "is-a-directory"
    | "not-searchable"
    | "not-writable"
    | "read-only"
    | "no-reader"
    | "in-the-way"
    | "foreign-link"
    | "sticky-link"
    | "unknown";
  /** The target of a symlink that is not followed. */
  readonly target?: string;
  /** Owner and mode of that component, or of its directory when it is missing; null when unknown. */
  readonly owner: {
    readonly uid: number;
    readonly name: string | null;
    readonly mode: number;
  } | null;
  /** The effective uid of the daemon, which needs access. */
  readonly uid: number;
}

/** Describes why a path cannot be opened, as the end of a sentence. */
export function describeDiagnosis(diagnosis: PathDiagnosis): string {
  return `${problemText(diagnosis)}${ownerText(diagnosis)}; needed by uid ${diagnosis.uid}`;
}

function problemText({ component, problem, target = "" }: PathDiagnosis): string {
  switch (problem) {
    case "missing":
      return `'${component}' does not exist`;
    case "not-a-directory":
      return `'${component}' is not a directory`;
    case "is-a-directory":
      return `'${component}' is a directory`;
    case "not-searchable":
      return `no search permission on '${component}'`;
    case "not-writable":
      return `no write permission on '${component}'`;
    case "read-only":
      return `'${component}' is on a read-only file system`;
    case "no-reader":
      return `no process reads from '${component}'`;
    case "in-the-way":
      return `'${component}' is there already`;
    case "foreign-link":
      return `'${component}' is a symlink to '${target}' of another owner: root does not follow it`;
    case "sticky-link":
      return `'${component}' is a symlink to '${target}' in a world-writable directory: root does not follow it`;
    case "unknown":
      return `'${component}' cannot be opened`;
  }
}

function ownerText({ problem, owner }: PathDiagnosis): string {
  if (owner === null) return "";
  const name = owner.name === null ? `uid ${owner.uid}` : `${owner.name} (uid ${owner.uid})`;
  const mode = octalMode(owner.mode);
  if (problem === "foreign-link" || problem === "sticky-link")
    return ` (the symlink belongs to ${name})`;
  const what = problem === "missing" ? "its directory belongs" : "it belongs";
  return ` (${what} to ${name}, mode ${mode})`;
}

/** A log could not be opened. @param what whose log, for example `web (stdout)` */
export function openFailureText(
  what: string,
  path: string,
  errno: string,
  diagnosis: PathDiagnosis,
): string {
  return (
    `cannot open log '${path}' of ${what}: ${errno}: ${describeDiagnosis(diagnosis)}. ` +
    "Its output is dropped until this is fixed"
  );
}

/** A log could not be written. */
export function writeFailureText(what: string, path: string, errno: string): string {
  return `cannot write log '${path}' of ${what}: ${errno}. Its output is dropped until this is fixed`;
}

/** A log could not be rotated. */
export function rotateFailureText(path: string, errno: string, step: string): string {
  return `cannot rotate log '${path}': ${errno}: ${step}. It keeps growing; tsv retries later`;
}

/** A log was created, but not with the configured owner or mode. */
export function flawText(
  what: string,
  path: string,
  { of, errno }: { readonly of: "owner" | "mode"; readonly errno: string },
): string {
  return `log '${path}' of ${what} cannot be given its ${of}: ${errno}. It is written all the same`;
}

/** A backup could not be compressed. @param step what failed, and the file */
export function compressFailureText(
  what: string,
  path: string,
  errno: string,
  step: string,
): string {
  return `cannot compress a backup of log '${path}' of ${what}: ${errno}: ${step}. It stays as it is`;
}

/** A sparse backup is not compressed: compression would take long and save nothing. */
export function sparseText(what: string, path: string, backup: Backup): string {
  const name = backupPath(path, backup);
  return `backup '${name}' of ${what} stays as it is: it takes less than a sixteenth of its ${backup.size} bytes on the disk`;
}

/** logfile_compress=zstd, on a Node that lacks it. */
export function zstdMissingText(): string {
  return "logs are compressed with gzip: this Node has no zstd, which came with version 22.15";
}

/** max_total: a backup could not be removed. */
export function removeFailureText(path: string, backup: BackupPlace, errno: string): string {
  return `cannot remove '${backupPath(path, backup)}' to keep all logs below max_total: ${errno}`;
}

/** A log works again. */
export function recoveredText(what: string, path: string, lostBytes: number): string {
  const lost = lostBytes === 1 ? "1 byte was lost" : `${lostBytes} bytes were lost`;
  return `log '${path}' of ${what} can be written again; ${lost}`;
}

/** The output of programs that have exited no longer fits into the queue of a log. */
export function overflowText(what: string, path: string): string {
  return `log '${path}' of ${what} is too slow: output of programs that have exited is dropped`;
}

/** A log that was too slow has caught up. */
export function caughtUpText(what: string, path: string, lostBytes: number): string {
  const lost = lostBytes === 1 ? "1 byte was dropped" : `${lostBytes} bytes were dropped`;
  return `log '${path}' of ${what} has caught up; ${lost}`;
}

/** The daemon exits, and a log still accepts no bytes. */
export function givenUpText(path: string, bytes: number): string {
  const lost = bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return `log '${path}' is too slow: ${lost} of output were dropped, because the daemon exits now`;
}

/** A request for more bytes than one answer can hold. @param size requested bytes */
export function tooLargeText(path: string, size: number, limit: number): string {
  return (
    `${path}: ${size} bytes requested, but one answer has at most ${limit}: ` +
    `request parts with offset and length, or the end with offset -${limit} and length 0`
  );
}
