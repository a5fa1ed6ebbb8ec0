// The daemon's listening sockets, bound by ourselves so that the descriptors are ours to hand on.
// A unix socket is bound at its final path under a tight mode and never linked or renamed into place; a lock beside it,
// held for life, says whose the path is. What is there already is asked, never assumed to be stale:
//
//   not a socket ─────────────────────────► error, left alone
//   socket, somebody listens (or hangs) ──► error naming the holder
//   socket, connect is refused ───────────► its owner is dead and we have the lock: removed
//
// What happens to the file later nobody tells us; `renew` looks, and binds anew where it was taken away.

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lchownSync,
  lstatSync,
  openSync,
  unlinkSync,
} from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { FileIdentity, HeldSocket } from "../../core/handover/model.ts";
import { codeOf } from "../error-code.ts";
import { describeDirectory } from "../files/describe-path.ts";
import { adoptLock, claimLock, isSame, type Lock } from "../files/locks.ts";
import { errnoName, posix } from "../posix.ts";
import { type SocketProblem, socketProblem } from "./socket-problem.ts";
import {
  dressProblem,
  inUse,
  lockProblem,
  look,
  notASocket,
  untouchable,
} from "./unix-problems.ts";

/** sun_path of unix(7), less the final NUL; macOS has four bytes fewer. */
const LONGEST_PATH = process.platform === "linux" ? 107 : 103;
/** open(2): a descriptor that stands for the file without opening it. The same number on x86 and ARM. */
const O_PATH = 0o10000000;

export interface UnixSocketRequest {
  readonly path: string;
  readonly mode: number;
  /** Whose the file becomes; null leaves it ours. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly backlog: number;
}

/** A socket that listens. */
export interface ClaimedSocket {
  /** Non-blocking and close-on-exec. Belongs to whoever serves it, and is not closed by `release`. */
  readonly fd: number;
  /** The lock beside a unix socket, held until `release`; null for TCP. */
  readonly lockFd: number | null;
  /** The file of a unix socket; null for TCP. */
  readonly file: FileIdentity | null;
  /** Gives the address back: removes the socket's file if it is still ours, and the lock. */
  release(): void;
  /**
   * Binds the address anew where it leads here no more, because somebody removed or replaced the socket's file. Then the
   * lock is the new one's, and this one is not to be released. @returns null where everything is as it was
   */
  renew(): Result<ClaimedSocket | null, SocketProblem>;
}

/** Binds a unix socket, or says in one message why not. Takes no time to speak of, whatever is there. */
export function claimUnixSocket(request: UnixSocketRequest): Result<ClaimedSocket, SocketProblem> {
  const { path } = request;
  const length = Buffer.byteLength(path);
  if (length > LONGEST_PATH) {
    const detail = `${path} has ${length} bytes; a socket's path has at most ${LONGEST_PATH}. Choose a shorter one.`;
    return err(socketProblem("ENAMETOOLONG", detail));
  }
  const before = look(path);
  if (!before.ok) return before;
  if (before.value !== null && !before.value.isSocket()) return err(notASocket(path, before.value));
  const lock = claimLock(`${path}.lock`);
  if (!lock.ok) return err(lockProblem(path, lock.error, before.value !== null));
  const bound = bindAt(request);
  if (!bound.ok) {
    lock.value.release();
    return bound;
  }
  return ok(holding(request, lock.value, bound.value));
}

/** A socket that this process listens on already, by what another daemon in it has claimed. */
export function adoptUnixSocket(
  request: UnixSocketRequest,
  { fd, lockFd, file }: HeldSocket,
): ClaimedSocket {
  const lock = adoptLock(`${request.path}.lock`, lockFd ?? -1);
  return holding(request, lock, { fd, identity: file ?? NO_FILE });
}

function holding(request: UnixSocketRequest, lock: Lock, { fd, identity }: Bound): ClaimedSocket {
  const { path } = request;
  return {
    fd,
    lockFd: lock.fd,
    file: { dev: identity.dev, ino: identity.ino },
    release() {
      removeOwn(path, identity);
      lock.release();
    },
    renew() {
      const there = look(path);
      if (!there.ok) return there;
      // Our socket keeps its inode for as long as it is open: no other file can have the same.
      if (there.value !== null && isIdentical(there.value, identity)) return ok(null);
      const lockPath = `${path}.lock`;
      const kept = isSame(lockPath, fstatSync(lock.fd)) ? ok(lock) : claimLock(lockPath);
      if (!kept.ok) return err(lockProblem(path, kept.error, there.value !== null));
      const bound = bindAt(request);
      if (bound.ok && kept.value !== lock) lock.release();
      if (!bound.ok && kept.value !== lock) kept.value.release();
      return bound.ok ? ok(holding(request, kept.value, bound.value)) : bound;
    },
  };
}

function isIdentical(left: Identity, right: Identity): boolean {
  return left.ino === right.ino && left.dev === right.dev;
}

type Identity = FileIdentity;
/** No file is this one. */
const NO_FILE: Identity = { dev: -1, ino: -1 };
type Bound = { readonly fd: number; readonly identity: Identity };

/** With the lock in hand: clears what a dead daemon left, binds, and gives the file its owner and mode. */
function bindAt(request: UnixSocketRequest): Result<Bound, SocketProblem> {
  const { path, mode, owner, backlog } = request;
  const cleared = clearLeftover(path);
  if (cleared !== null) return err(cleared);
  // Until the owner is set nobody but us may connect.
  const first = owner === null ? mode : mode & 0o700;
  const fd = posix().listenUnix(path, first, backlog);
  if (fd < 0) {
    const errno = errnoName(fd);
    if (errno === "EADDRINUSE") return err(inUse(path, posix().probeUnix(path)));
    return err(socketProblem(errno, describeDirectory(path, errno)));
  }
  const identity = lstatSync(path);
  const problem = dress(request, identity);
  if (problem === null) return ok({ fd, identity });
  closeSync(fd);
  removeOwn(path, identity);
  return err(problem);
}

function clearLeftover(path: string): SocketProblem | null {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return null;
  if (!there.isSocket()) return notASocket(path, there);
  const answer = posix().probeUnix(path);
  const errno = typeof answer === "number" ? errnoName(answer) : null;
  if (errno === "ENOENT") return null;
  if (errno === "EACCES" || errno === "EPERM") return untouchable(path, there, errno);
  if (errno !== "ECONNREFUSED") return inUse(path, answer);
  try {
    unlinkSync(path);
    return null;
  } catch (error) {
    return untouchable(path, there, codeOf(error));
  }
}

/** Sets owner, then mode, through a descriptor of this very file: a name could be made to point elsewhere meanwhile. */
function dress(request: UnixSocketRequest, identity: Identity): SocketProblem | null {
  const { path, mode, owner } = request;
  let handle: number | null = null;
  try {
    handle = process.platform === "linux" ? openSync(path, O_PATH | constants.O_NOFOLLOW) : null;
    const opened = handle === null ? lstatSync(path) : fstatSync(handle);
    if (opened.ino !== identity.ino || !opened.isSocket()) {
      return socketProblem(
        "EADDRINUSE",
        `${path} was replaced by somebody while it was being set up.`,
      );
    }
    const name = handle === null ? path : `/proc/self/fd/${handle}`;
    if (owner !== null) (handle === null ? lchownSync : chownSync)(name, owner.uid, owner.gid);
    if ((lstatSync(path).mode & 0o7777) !== mode) chmodSync(name, mode);
    return null;
  } catch (error) {
    return dressProblem(request, codeOf(error));
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

function removeOwn(path: string, identity: Identity): void {
  try {
    if (isSame(path, identity)) unlinkSync(path);
  } catch {
    // The directory may be gone or closed to us by now; what is left refuses connections, and the next start removes it.
  }
}
