// Why a server socket could not be had, in words: Supervisor's own first line, which tools match, then which path or
// port, who holds it, and what to do.

import { lstatSync, readFileSync, type Stats } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { posix } from "../posix.ts";

/** A server socket that could not be had. */
export interface SocketProblem {
  /** For example "EADDRINUSE". */
  readonly errno: string;
  /** Supervisor's text for it, one line. */
  readonly summary: string;
  /** What, which one, why, what to do: one or two sentences. */
  readonly detail: string;
}

const IN_USE =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  " +
  "Shut this program down first before starting supervisord.";

/** A problem with Supervisor's summary for that error. */
export function socketProblem(errno: string, detail: string): SocketProblem {
  if (errno === "EADDRINUSE") return { errno, summary: IN_USE, detail };
  if (errno === "ENAMETOOLONG")
    return { errno, summary: reported("AF_UNIX path too long"), detail };
  const number = (constants.errno as Readonly<Record<string, number | undefined>>)[errno];
  const name = number === undefined ? errno : `errno.${errno} (${number})`;
  return { errno, summary: reported(name), detail };
}

function reported(what: string): string {
  return `Cannot open an HTTP server: socket.error reported ${what}`;
}

/** `process 42 (nginx) of user www-data`, as far as this host shows it. */
export function describeProcess(pid: number | null, uid: number | null = null): string {
  if (pid === null || pid <= 0) return "a process that is not visible from here";
  const program = readQuietly(`/proc/${pid}/comm`)?.trim();
  const owner = uid ?? uidOf(pid);
  const of = owner === null ? "" : ` of user ${userName(owner)}`;
  return `process ${pid}${program === undefined ? "" : ` (${program})`}${of}`;
}

/** `root (0)`. */
export function userName(uid: number): string {
  const user = posix().findUser(uid);
  return typeof user === "number" ? `${uid}` : `${user.name} (${uid})`;
}

/** `owned by root (0), mode 0755`. */
export function describeOwner(stats: Pick<Stats, "uid" | "mode">): string {
  return `owned by ${userName(stats.uid)}, mode ${(stats.mode & 0o7777).toString(8).padStart(4, "0")}`;
}

/** What kind of file this is, with its article. */
export function describeKind(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFile()) return "a plain file";
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** Why nothing can be created at `path`: names the first directory on the way that is missing, or the one that refuses. */
export function describeDirectory(path: string, errno: string): string {
  const us = userName(process.geteuid?.() ?? 0);
  if (errno === "ENOENT" || errno === "ENOTDIR") return describeMissing(path);
  const directory = dirname(path);
  const stats = lstatQuietly(directory);
  const owner = stats === null ? "which cannot be looked at" : describeOwner(stats);
  if (errno === "EROFS") return `${path} is on a read-only file system; choose another path.`;
  if (errno === "EACCES" || errno === "EPERM") {
    return `User ${us} may not create ${path} in ${directory}, ${owner}. Choose a directory of that user's own, or run tsv as a user that may.`;
  }
  return `${path} cannot be created in ${directory}, ${owner}: ${errno}.`;
}

function describeMissing(path: string): string {
  const directory = dirname(path);
  let missing = directory;
  while (dirname(missing) !== missing && lstatQuietly(dirname(missing)) === null) {
    missing = dirname(missing);
  }
  const stats = lstatQuietly(missing);
  if (stats === null) {
    const from = missing === directory ? "" : ` (nor does ${missing})`;
    return `The directory ${directory} does not exist${from}: create it, or choose another path.`;
  }
  return `${missing} is ${describeKind(stats)}, not a directory: choose another path.`;
}

function lstatQuietly(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null; // ENOTDIR, EACCES on the way: as good as not there for the purpose of a message
  }
}

function uidOf(pid: number): number | null {
  const line = /^Uid:\s+(\d+)/m.exec(readQuietly(`/proc/${pid}/status`) ?? "");
  return line?.[1] === undefined ? null : Number(line[1]);
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // gone, hidden, or a host without /proc: the message says less then
  }
}
