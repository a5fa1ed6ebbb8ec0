// The daemon's listening sockets, bound here so that their descriptors can be passed on.
// A unix socket is bound at its final path with a restrictive mode and never linked or renamed into place; a lock next to it,
// held for the life of the daemon, owns the path. An existing file is probed, never assumed to be stale:
//
//   another user's, in a shared directory ► moved away, even if a process listens on it
//   not a socket ─────────────────────────► error, unchanged
//   socket with a listener (or it hangs) ─► error naming the holder
//   socket, connect is refused ───────────► its owner is dead and we have the lock: removed
//
// Later changes of the file are not reported; `renew` checks, and binds again if it was removed.
//
// sync-ok(chmodSync, chownSync, closeSync, fstatSync, listenUnix, lstatSync, openSync, probeUnix, unlinkSync): sockets of
// servers and of FastCGI programs: tried by the process that reads for the daemon, then claimed,
// renewed and released in directories that were asked before (answers.ts)

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  unlinkSync,
} from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import type { FileIdentity, HeldSocket } from "../../core/snapshot/snapshot.ts";
import { codeOf, errnoOf } from "../error-code.ts";
import { describeDirectory } from "../files/describe-path.ts";
import { O_PATH } from "../files/file-calls.ts";
import { ATTEMPTS, adoptLock, claimLock, isSame, type Lock } from "../files/locks.ts";
import { errnoName, posix } from "../posix.ts";
import {
  clearLeftover,
  dressProblem,
  inUse,
  isSharedAndForeign,
  lockProblem,
  look,
  notASocket,
  type SocketProblem,
  socketProblem,
  type UnixSocketRequest,
} from "./socket-problem.ts";

const LONGEST_PATH = longestSocketPath(process.platform);

/** A socket that listens. */
export interface ClaimedSocket {
  /** Non-blocking and close-on-exec. Owned by its server, and not closed by `release`. */
  readonly fd: number;
  /** The lock beside a unix socket, held until `release`; null for TCP. */
  readonly lockFd: number | null;
  /** The file of a unix socket; null for TCP. */
  readonly file: FileIdentity | null;
  /** Files of other users in their place, and the action taken, for the activity log. */
  readonly cleared: readonly string[];
  /** Gives the address back: removes the socket's file if it is still ours, and the lock. */
  release(): void;
  /**
   * Binds the address again if the socket's file was removed or replaced. Then the
   * lock is the new one's, and this one is not to be released. @returns null where everything is as it was
   */
  renew(): Result<ClaimedSocket | null, SocketProblem>;
}

/** Binds a unix socket. The error is one message. It does not block. */
export function claimUnixSocket(request: UnixSocketRequest): Result<ClaimedSocket, SocketProblem> {
  const { path } = request;
  const length = Buffer.byteLength(path);
  if (length > LONGEST_PATH) {
    const detail = `${path} has ${length} bytes; a socket's path has at most ${LONGEST_PATH}. Choose a shorter one.`;
    return err(socketProblem("ENAMETOOLONG", detail));
  }
  const before = look(path);
  if (!before.ok) return before;
  const { value: there } = before;
  if (there !== null && !there.isSocket() && !isSharedAndForeign(path, there)) {
    return err(notASocket(path, there));
  }
  const lock = claimLock(`${path}.lock`);
  if (!lock.ok) return err(lockProblem(path, lock.error, there !== null));
  const bound = bindAt(request);
  if (!bound.ok) {
    lock.value.release();
    return bound;
  }
  return ok(holding(request, lock.value, bound.value));
}

/** The file of a socket that is at a path; null for none. */
export function socketFile(path: string): FileIdentity | null {
  const there = look(path);
  return there.ok && there.value?.isSocket() === true ? there.value : null;
}

/** A socket that this process listens on already, by what another daemon in it has claimed. */
export function adoptUnixSocket(
  request: UnixSocketRequest,
  { fd, lockFd, file }: HeldSocket,
): ClaimedSocket {
  const lock = adoptLock(`${request.path}.lock`, lockFd ?? -1);
  return holding(request, lock, { fd, identity: file ?? NO_FILE, cleared: [] });
}

function holding(request: UnixSocketRequest, lock: Lock, bound: Bound): ClaimedSocket {
  const { fd, identity } = bound;
  const { path } = request;
  return {
    fd,
    lockFd: lock.fd,
    file: { dev: identity.dev, ino: identity.ino },
    cleared: [...lock.cleared, ...bound.cleared],
    release() {
      removeOwn(path, identity);
      lock.release();
    },
    renew() {
      const there = look(path);
      if (!there.ok) return there;
      // Our socket keeps its inode for as long as it is open: no other file can have the same.
      if (there.value?.ino === identity.ino && there.value.dev === identity.dev) return ok(null);
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

/** No file is this one. */
const NO_FILE: FileIdentity = { dev: -1, ino: -1 };
interface Bound {
  readonly fd: number;
  readonly identity: FileIdentity;
  readonly cleared: readonly string[];
}

/** With the lock in hand: clears what a dead daemon left, binds, and gives the file its owner and mode. */
function bindAt(request: UnixSocketRequest): Result<Bound, SocketProblem> {
  const { path, mode, owner, backlog } = request;
  // Until the owner is set, no other user may connect.
  const first = owner === null ? mode : mode & 0o700;
  const cleared = new Set<string>();
  let fd = -1;
  // Each retry means that another user created a file between two system calls.
  for (let attempt = 0; attempt < ATTEMPTS && fd < 0; attempt++) {
    const free = clearLeftover(path);
    if (!free.ok) return free;
    if (free.value !== null) cleared.add(free.value);
    fd = posix().listenUnix(path, first, backlog);
    if (fd < 0 && errnoName(fd) !== "EADDRINUSE") break;
  }
  if (fd < 0) {
    const errno = errnoName(fd);
    if (errno === "EADDRINUSE") return err(inUse(path, posix().probeUnix(path)));
    return err(socketProblem(errno, describeDirectory(path, errno)));
  }
  const identity = lstatSync(path);
  const problem = dress(request, identity);
  if (problem === null) return ok({ fd, identity, cleared: [...cleared] });
  closeSync(fd);
  removeOwn(path, identity);
  return err(problem);
}

/** Sets owner, then mode, through a descriptor of this very file: a name could be made to point elsewhere meanwhile. */
export function dress(request: UnixSocketRequest, identity: FileIdentity): SocketProblem | null {
  const { path, mode, owner } = request;
  let handle: number | null = null;
  try {
    handle = openSync(path, O_PATH | constants.O_NOFOLLOW);
    const opened = fstatSync(handle);
    if (opened.ino !== identity.ino || !opened.isSocket()) {
      return socketProblem(
        "EADDRINUSE",
        `${path} was replaced by another process while it was being set up.`,
      );
    }
    const name = `/proc/self/fd/${handle}`;
    if (owner !== null) chownSync(name, owner.uid, owner.gid);
    if ((lstatSync(path).mode & 0o7777) !== mode) chmodSync(name, mode);
    return null;
  } catch (error) {
    return dressProblem(request, codeOf(error));
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

/** The directory may be gone or closed to us by now; what is left refuses connections, and the next start removes it. */
function removeOwn(path: string, identity: FileIdentity): void {
  errnoOf(() => isSame(path, identity) && unlinkSync(path));
}
