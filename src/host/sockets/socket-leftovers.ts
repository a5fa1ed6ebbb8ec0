// Files at the path of a unix socket, and which of them may be removed once we hold the lock.

import { lstatSync, type Stats, unlinkSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import { clearStrangers, isInSharedDirectory, isStrangers, isTrusted } from "../files/strangers.ts";
import { errnoName, posix } from "../posix.ts";
import { type SocketProblem, socketProblem } from "./socket-problem.ts";
import { inUse, notASocket, untouchable } from "./unix-problems.ts";

/** @returns the action on another user's file; null for none */
export function clearLeftover(path: string): Result<string | null, SocketProblem> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return ok(null);
  const isForeign = isSharedAndStrangers(path, there);
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
export function isSharedAndStrangers(path: string, stats: Stats): boolean {
  return isStrangers(path, stats) && isInSharedDirectory(path);
}

function clearAway(path: string): Result<string | null, SocketProblem> {
  const cleared = clearStrangers(path, "socket");
  if (cleared.ok) return cleared;
  return err(socketProblem(cleared.error.errno, `${cleared.error.reason}.`));
}
