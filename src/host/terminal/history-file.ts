// The history of the shell in a file of its own: one line each, as GNU readline writes it. Private, bounded, replaced as
// a whole, and never written or read through a symlink: a shell of root must not be redirected to another file.

import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";

const PRIVATE = 0o600;
/** A file may have been written by others; what counts is its end. */
const MOST_BYTES = 1024 * 1024;

/**
 * The lines typed at a prompt, kept from one shell to the next. Errors are one sentence: what could not be done, with
 * which file, why, and what to do.
 */
export interface History {
  /** Lines kept before, oldest first; none when there is no file yet. */
  load(): Result<readonly string[], string>;
  /** Adds lines to what is kept by now: shells that ended meanwhile have added theirs. */
  save(lines: readonly string[]): Result<null, string>;
}

/**
 * Where a user's shells keep their history when no file is named; its directory is made.
 * @returns null where there is no place for it, or the home is another user's, as with sudo
 */
export function usualHistoryPath(env: Readonly<Record<string, string | undefined>>): string | null {
  const { HOME: home = "", XDG_STATE_HOME: state = "" } = env;
  try {
    if (!home.startsWith("/") || statSync(home).uid !== process.geteuid?.()) return null;
    const directory = `${state.startsWith("/") ? state : `${home}/.local/state`}/tsv`;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return `${directory}/history`;
  } catch {
    return null;
  }
}

/** @param mostLines older ones are dropped at the next save */
export function createHistoryFile(path: string, mostLines: number): History {
  const attempt = <T>(work: () => T): Result<T, string> => {
    try {
      return ok(work());
    } catch (error) {
      return err(problem(path, error));
    }
  };
  return {
    load: () => attempt(() => readFile(path)?.lines.slice(-mostLines) ?? []),
    save: (lines) =>
      attempt(() => {
        if (lines.length === 0) return null;
        const found = readFile(path);
        const all = [...(found?.lines ?? []), ...lines.filter(isShowable)].slice(-mostLines);
        replaceFile(path, `${all.join("\n")}\n`, found?.stat ?? null);
        return null;
      }),
  };
}

interface Found {
  readonly lines: readonly string[];
  readonly stat: Stats;
}

/** @returns null when there is no such file */
function readFile(path: string): Found | null {
  let fd: number;
  try {
    // Without O_NONBLOCK a FIFO in its place would hang the shell.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw Object.assign(new Error(), { code: "NOT_A_FILE" });
    const start = Math.max(0, stat.size - MOST_BYTES);
    const buffer = Buffer.alloc(stat.size - start);
    const count = readSync(fd, buffer, 0, buffer.length, start);
    const lines = buffer.toString("utf8", 0, count).split("\n");
    return { lines: lines.slice(start === 0 ? 0 : 1).filter(isShowable), stat };
  } finally {
    closeSync(fd);
  }
}

function replaceFile(path: string, text: string, before: Stats | null): void {
  const temporary = `${path}.${process.pid}.${Date.now().toString(36)}`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(temporary, flags, PRIVATE);
  try {
    try {
      fchmodSync(fd, PRIVATE);
      const own = fstatSync(fd);
      // With sudo the file may be that of the user behind it, who wants to read it again.
      if (before !== null && (before.uid !== own.uid || before.gid !== own.gid)) {
        fchownSync(fd, before.uid, before.gid);
      }
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}

/** Control characters in a line from a file would act on the terminal when Up shows it. */
function isShowable(line: string): boolean {
  return line.trim() !== "" && !/\p{Cc}/u.test(line);
}

function problem(path: string, error: unknown): string {
  const sentence = (why: string): string => `cannot use the history in ${path}: ${why}`;
  switch (codeOf(error)) {
    case "ELOOP":
      return sentence("it is a symbolic link; set history_file to the file itself");
    case "NOT_A_FILE":
    case "EISDIR":
    case "ENXIO":
      return sentence("it is not a regular file; set history_file to another one");
    case "ENOENT":
    case "ENOTDIR":
      return sentence(
        "its directory does not exist; create it, or set history_file to another file",
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return sentence(
        "this user has no permission to write it; set history_file to a file of this user",
      );
    default:
      return sentence(thrownMessage(error));
  }
}
