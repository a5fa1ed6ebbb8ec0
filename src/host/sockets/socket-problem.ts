// Errors of server sockets as text: Supervisor's own first line, which tools match, then which path or port, its holder, and
// what to do.
//
// sync-ok(findUser, lstatSync, probeUnix, unlinkSync): in directories that were asked before (answers.ts); asks the name
// service for the name in a text: see the ADR, what is left

import { lstatSync, type Stats, unlinkSync } from "node:fs";
import { constants } from "node:os";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import {
  describeDirectory,
  describeKind,
  describeOwner,
  userName,
} from "../files/describe-path.ts";
import type { LockProblem } from "../files/locks.ts";
import { clearForeign, isForeign, isInSharedDirectory, isTrusted } from "../files/locks.ts";
import { errnoName, posix } from "../posix.ts";
import { readProc } from "../procfs.ts";

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
  const program = readProc(`${pid}/comm`).trim();
  const owner = uid ?? uidOf(pid);
  const of = owner === null ? "" : ` of user ${userName(owner)}`;
  return `process ${pid}${program === "" ? "" : ` (${program})`}${of}`;
}

function uidOf(pid: number): number | null {
  const line = /^Uid:\s+(\d+)/m.exec(readProc(`${pid}/status`));
  return line?.[1] === undefined ? null : Number(line[1]);
}

// Files at the path of a unix socket, and which of them may be removed once we hold the lock.

/** @returns the action on another user's file; null for none */
export function clearLeftover(path: string): Result<string | null, SocketProblem> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return ok(null);
  const isForeign = isSharedAndForeign(path, there);
  if (!there.isSocket()) return isForeign ? clearAway(path) : err(notASocket(path, there));
  const answer = posix().probeUnix(path);
  // The file of a daemon's socket may be another user's (chown=); who listens is root or us then.
  if (isForeign && (typeof answer === "number" || !isTrusted(answer.uid))) return clearAway(path);
  const errno = typeof answer === "number" ? errnoName(answer) : null;
  if (errno === "ENOENT") return ok(null);
  if (errno === "EACCES" || errno === "EPERM") return err(untouchable(path, there, errno));
  if (errno !== "ECONNREFUSED") return err(inUse(path, answer));
  try {
    unlinkSync(path);
    return ok(null);
  } catch (error) {
    return err(untouchable(path, there, codeOf(error)));
  }
}

/** Others than root and us may make files there, and one of them made this. */
export function isSharedAndForeign(path: string, stats: Stats): boolean {
  return isForeign(path, stats) && isInSharedDirectory(path);
}

function clearAway(path: string): Result<string | null, SocketProblem> {
  const cleared = clearForeign(path, "socket");
  if (cleared.ok) return cleared;
  return err(socketProblem(cleared.error.errno, `${cleared.error.reason}.`));
}

// Why a unix socket cannot be bound at its path: the existing file, its owner and its holder.

/** What is at a path, links not followed; null for nothing. */
export function look(path: string): Result<Stats | null, SocketProblem> {
  try {
    return ok(lstatSync(path, { throwIfNoEntry: false }) ?? null);
  } catch (error) {
    const errno = codeOf(error);
    return err(socketProblem(errno, describeDirectory(path, errno)));
  }
}

/** The file of a socket does not take the owner or mode that it should have. */
export function dressProblem({ path, owner }: UnixSocketRequest, errno: string): SocketProblem {
  if (errno !== "EPERM" || owner === null) {
    return socketProblem(errno, `The owner and mode of ${path} cannot be set: ${errno}.`);
  }
  const us = posix().findUser(process.geteuid?.() ?? 0);
  const name = typeof us === "number" ? String(process.geteuid?.() ?? 0) : us.name;
  return {
    errno,
    summary:
      `Not permitted to chown ${path} to uid/gid (${owner.uid}, ${owner.gid}); adjust "sockchown" value in config ` +
      `file or on command line to values that the current user (${name}) can successfully chown`,
    detail: "Only root can change the owner of a file; other users can only set their own groups.",
  };
}

/** Something else stands where the socket belongs. */
export function notASocket(path: string, stats: Stats): SocketProblem {
  const detail = `${path} is ${describeKind(stats)} (${describeOwner(stats)}), not a socket. tsv does not remove it: move it away, or choose another path.`;
  return socketProblem("EEXIST", detail);
}

/** Another process listens there; `holder` is its identity from the kernel, or an error number. */
export function inUse(
  path: string,
  holder: ReturnType<ReturnType<typeof posix>["probeUnix"]>,
): SocketProblem {
  const who =
    typeof holder === "number" ? describeProcess(null) : describeProcess(holder.pid, holder.uid);
  return socketProblem("EADDRINUSE", `${who} is already listening on ${path}.`);
}

/** A dead socket that we may not remove. */
function untouchable(path: string, stats: Stats, errno: string): SocketProblem {
  if (errno !== "EACCES" && errno !== "EPERM") {
    return socketProblem(errno, `${path} (${describeOwner(stats)}) cannot be opened: ${errno}`);
  }
  const us = userName(process.geteuid?.() ?? 0);
  const detail = `The socket ${path} (${describeOwner(stats)}) belongs to another user or was left by one, and user ${us} has no permission to remove it. Remove it as its owner or root, or choose another path.`;
  return socketProblem(errno, detail);
}

/** The lock beside the socket cannot be had. */
export function lockProblem(
  path: string,
  problem: LockProblem,
  socketExists: boolean,
): SocketProblem {
  switch (problem.kind) {
    case "held": {
      const holder = socketExists ? posix().probeUnix(path) : 0;
      if (typeof holder !== "number") return inUse(path, holder);
      const who = describeProcess(problem.pid);
      return socketProblem("EADDRINUSE", `${who} uses ${path}: it holds ${path}.lock.`);
    }
    case "unusable":
      return socketProblem(problem.errno, `${problem.reason}.`);
    case "failed":
      return lockRefused(path, problem.errno);
  }
}

/** Another user's lock file, or a directory in which no files can be created. */
function lockRefused(path: string, errno: string): SocketProblem {
  const name = `${path}.lock`;
  if (errno === "ELOOP") return socketProblem("EEXIST", `${name} is a symbolic link; remove it.`);
  const stats = look(name);
  if (!stats.ok || stats.value === null)
    return socketProblem(errno, describeDirectory(path, errno));
  if (!stats.value.isFile()) return notASocket(name, stats.value);
  return untouchable(name, stats.value, errno);
}

// A request for a unix socket.

export interface UnixSocketRequest {
  readonly path: string;
  readonly mode: number;
  /** Whose the file becomes; null leaves it ours. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly backlog: number;
}
