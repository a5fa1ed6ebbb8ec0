// The message about a log that cannot be opened, as the running daemon (tsv or Supervisor) writes it.

import { printable } from "../../../core/base/printable.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import { type LogUse, listSome, logOwner } from "../../facts/log-uses.ts";
import type { Situation } from "../../facts/situation.ts";

const PYTHON: Readonly<Record<string, string>> = {
  EACCES: "PermissionError: [Errno 13] Permission denied",
  ENOENT: "FileNotFoundError: [Errno 2] No such file or directory",
  EISDIR: "IsADirectoryError: [Errno 21] Is a directory",
  EROFS: "OSError: [Errno 30] Read-only file system",
  ENOSPC: "OSError: [Errno 28] No space left on device",
};

/** The message for the first log of a list. */
export function openSymptom(
  situation: Situation,
  path: string,
  uses: readonly LogUse[],
  errno: string,
): string {
  const use = uses.find(({ process }) => process === null) ?? uses[0];
  const shown = printable(path);
  if (use === undefined || use.process === null) {
    return isSupervisor(situation)
      ? `${PYTHON[errno] ?? `OSError: ${errno}`}: '${shown}'`
      : `the activity log cannot be opened: ${shown}: ${errno}`;
  }
  return isSupervisor(situation)
    ? `spawnerr: unknown error making dispatchers for '${use.process}': ${errno}`
    : `cannot open log '${shown}' of ${logOwner(use)}: ${errno}`;
}

/** "Affected: web (stdout), db (stdout)". */
export function affectedLogs(uses: readonly LogUse[]): string {
  return `logs of: ${listSome(uses.map(logOwner), 6)}`;
}
