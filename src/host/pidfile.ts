// The pid file: written for scripts, locked for life so that two daemons never share one, removed only if still ours.

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { err, ok, type Result } from "../core/base/result.ts";
import { errnoName, posix } from "./posix.ts";

export type PidfileProblem =
  /** Another daemon holds it. */
  | { readonly kind: "held"; readonly pid: number | null }
  /** It cannot be written; `reason` says why in one clause. */
  | { readonly kind: "unwritable"; readonly reason: string };

export interface Pidfile {
  readonly path: string;
  readonly fd: number;
  /** Removes the file if it is still the one that was written, and gives the lock back. */
  release(): void;
}

/** Longest content of a pid file that is taken for one. */
const MAX_LENGTH = 32;

/** Writes `pid` to `path`, mode 0644 less the umask. Never follows a link, never overwrites what is no pid file. */
export function claimPidfile(path: string, pid: number): Result<Pidfile, PidfileProblem> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  } catch (error) {
    return unwritable(error);
  }
  try {
    const problem = writePid(path, fd, pid);
    if (problem === null) return ok({ path, fd, release: () => release(path, fd) });
    closeSync(fd);
    return err(problem);
  } catch (error) {
    closeSync(fd);
    return unwritable(error);
  }
}

function writePid(path: string, fd: number, pid: number): PidfileProblem | null {
  if (!fstatSync(fd).isFile()) return { kind: "unwritable", reason: `${path} is not a plain file` };
  const locked = posix().flock(fd);
  const content = readPid(fd);
  if (locked !== 0) {
    if (errnoName(locked) === "EAGAIN") return { kind: "held", pid: content.pid };
    return { kind: "unwritable", reason: `it cannot be locked: ${errnoName(locked)}` };
  }
  if (!isSame(path, fstatSync(fd))) {
    return { kind: "unwritable", reason: `${path} was replaced while it was being opened` };
  }
  if (!content.plausible) {
    const reason = `${path} holds something else than a pid; move it away or name another pidfile`;
    return { kind: "unwritable", reason };
  }
  ftruncateSync(fd, 0);
  writeSync(fd, `${pid}\n`, 0);
  return null;
}

function readPid(fd: number): { pid: number | null; plausible: boolean } {
  const buffer = new Uint8Array(MAX_LENGTH + 1);
  const text = new TextDecoder().decode(
    buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0)),
  );
  const digits = /^\s*(\d{1,10})?\s*$/.exec(text);
  const pid = digits?.[1] === undefined ? null : Number(digits[1]);
  return { pid, plausible: digits !== null };
}

function isSame(path: string, ours: Stats): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

function release(path: string, fd: number): void {
  try {
    if (isSame(path, fstatSync(fd))) unlinkSync(path);
  } catch {
    // The directory may be gone or closed to us by now; a leftover pid file is unlocked and will be reused.
  }
  closeSync(fd);
}

function unwritable(error: unknown): Result<never, PidfileProblem> {
  return err({
    kind: "unwritable",
    reason: error instanceof Error ? error.message : String(error),
  });
}
