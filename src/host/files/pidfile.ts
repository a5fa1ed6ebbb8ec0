// The pid file: a lock file that scripts read. Locked for life so that two daemons never share one, never written through
// a link or over what is no pid, removed only if still ours.

import { err, ok, type Result } from "../../core/base/result.ts";
import { describeDirectory } from "./describe-path.ts";
import { adoptLock, claimLock, type LockProblem } from "./locks.ts";

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

/** Writes `pid` to `path`, mode 0644 less the umask. */
export function claimPidfile(path: string, pid: number): Result<Pidfile, PidfileProblem> {
  const claimed = claimLock(path, { pid, mode: 0o644, name: "pidfile", keepsOthers: true });
  return claimed.ok ? ok({ path, ...claimed.value }) : err(problemOf(path, claimed.error));
}

/** The pid file of the daemon that this one takes over from in the same process. */
export function adoptPidfile(path: string, fd: number): Pidfile {
  return { path, ...adoptLock(path, fd) };
}

function problemOf(path: string, problem: LockProblem): PidfileProblem {
  switch (problem.kind) {
    case "held":
      return problem;
    case "unusable":
      return { kind: "unwritable", reason: problem.reason };
    case "failed":
      return { kind: "unwritable", reason: describeFailure(path, problem.errno) };
  }
}

function describeFailure(path: string, errno: string): string {
  if (errno === "ELOOP") return `${path} is a symbolic link, which is not followed`;
  if (errno === "EISDIR") return `${path} is a directory`;
  return describeDirectory(path, errno);
}
