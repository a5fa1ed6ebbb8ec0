// Why a unix socket cannot be bound at its path: the existing file, its owner and its holder.

import { lstatSync, type Stats } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import {
  describeDirectory,
  describeKind,
  describeOwner,
  userName,
} from "../files/describe-path.ts";
import type { LockProblem } from "../files/locks.ts";
import { posix } from "../posix.ts";
import { describeProcess, type SocketProblem, socketProblem } from "./socket-problem.ts";
import type { UnixSocketRequest } from "./unix-socket-request.ts";

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
export function untouchable(path: string, stats: Stats, errno: string): SocketProblem {
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
