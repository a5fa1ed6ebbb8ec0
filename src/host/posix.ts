// The one door to the native addon (posix.c, posix/): its functions, typed, and the names of error numbers.
// A failure is the negated errno, because most failures are ordinary answers; errnoName() returns its name.

import { constants } from "node:os";
import type { Resource } from "../core/process/program-limits.ts";
import { loadAddon } from "./addon.ts";

/** Who is at the other end of a unix socket. A pid of 0 means that the kernel does not tell. */
interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups; absent where the kernel does not tell them, or there are too many. */
  readonly groups?: readonly number[];
}

/** An account, as the host's name service knows it. */
export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** What a process needs to be given up to a user. */
export interface UserGroups {
  readonly name: string;
  readonly home: string;
  readonly shell: string;
  readonly gid: number;
  /** `gid` included. */
  readonly groups: readonly number[];
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
}

/** Soft and hard limit; -1 is "unlimited". */
export interface ResourceLimit {
  readonly soft: number;
  readonly hard: number;
}

type Facts = Promise<readonly number[] | number> | number;

/** The addon. Every number that can be negative is a negated errno then. */
interface Posix {
  /** Both ends close-on-exec and blocking: `[read, write]`. */
  pipe(): readonly [number, number] | number;
  setCloexec(fd: number, on: 0 | 1): number;
  setNonblocking(fd: number): number;
  /** Holds for every copy of the descriptor, also in other processes. */
  setBlocking(fd: number): number;
  /** _exit(2), after the standard descriptors got back what they were when the addon was loaded. */
  exit(status: number): never;
  /** The copy is not close-on-exec. */
  dup2(from: number, to: number): number;
  close(fd: number): number;
  /** Takes the whole-file lock without waiting: -EWOULDBLOCK when another open file holds it. */
  flock(fd: number): number;
  /** 1 for a terminal. */
  isTerminal(fd: number): number;
  /** @returns bytes that a read of a pipe, socket or terminal would return */
  unread(fd: number): number;
  /** @returns bytes read, 0 at the end */
  read(fd: number, into: Uint8Array): number;
  write(fd: number, bytes: Uint8Array): number;

  /** @returns a descriptor, close-on-exec, of a file without a name with the program of the keeper; "" means in memory */
  keeperFile(directory: string): number;
  /** From now on, processes with an entry become children of the keeper. @returns the memory shared with it */
  useKeeper(channel: number, memory: number): ArrayBuffer | number;
  /** The descriptor of the log that output `index` of a daemon that has died was on its way to; 0 for none. */
  logOfOutput(index: number): number;
  /** Writes that output to the log, which was opened again. @returns its bytes */
  /** @returns bytes that could not be written */
  recoverOutput(index: number, log: number): number;
  /** Returns when the keeper passes no signals on any more. */
  awaitKeeper(request: number): number;
  /** Sends a request of keeper/protocol.h; `passed` is a descriptor or negative. */
  askKeeper(request: number, number: number, passed: number, bytes: Uint8Array | null): number;
  /** Exits that the keeper has reported: of each a record as `reap`, and 1 for a helper of a start. @returns how many */
  reported(records: Float64Array): number;
  /** See start-process.ts, which builds the plan and reads the answer from it. Does not wait for the child. */
  spawn(
    paths: string,
    argv: string,
    env: string,
    cwd: string,
    plan: Float64Array,
    cgroup: string,
  ): void;
  /** @returns 0 for none yet, 1 when it executes, 2 with a failure in the plan */
  verdict(report: number, slot: number, plan: Float64Array, milliseconds: number): number;
  /** Abandons a child without a verdict; `lives` 1 kills it. @returns the number of its step */
  abandon(slot: number, lives: 0 | 1): number;
  /** @returns the pid of a child that is dead and not reaped; 0 for none. The same one until it is reaped. */
  deadChild(): number;
  /** Fills a record of seven numbers. @returns 1; 0 for a helper of a start, without a record; -1 for no such dead child */
  reap(pid: number, record: Float64Array): number;
  /** Rejects pids that kill(2) would interpret as "all processes". `group` 1 means the process group of that id. */
  kill(pid: number, signal: number, group: 0 | 1): number;
  /** @returns a descriptor, close-on-exec, that means this process for good (pidfd_open(2)); readable once it has ended */
  openProcess(pid: number): number;
  /** Sends a signal to the process behind such a descriptor; 0 only asks whether it is alive. */
  signalProcess(process: number, signal: number): number;
  /** Orphaned descendants become our children (prctl(2), PR_SET_CHILD_SUBREAPER). */
  becomeSubreaper(): number;
  /** The kernel kills this process when its parent has died (prctl(2), PR_SET_PDEATHSIG). */
  dieWithParent(): number;
  getLimit(resource: number): ResourceLimit | number;
  setLimit(resource: number, soft: number, hard: number): number;

  /** A string is a name, a number an id. 0 or a negated errno when there is none. */
  findUser(nameOrUid: string | number): UserEntry | number;
  findGroup(nameOrGid: string | number): GroupEntry | number;
  /** Every group of the user, `gid` included. */
  groupsOf(name: string, gid: number): readonly number[];
  /** The account of a uid, on another thread. @returns 0 when there is no such user, or a negated errno */
  lookUpUser(uid: number): Promise<UserGroups | number>;

  /** Binds and listens; the file appears with at most `mode`. A leading NUL makes it an abstract name. @returns fd */
  listenUnix(path: string, mode: number, backlog: number): number;
  /** Changes the backlog of a socket that listens. @returns 0 or a negated errno */
  listen(fd: number, backlog: number): number;
  /**
   * `host` must be a numeric address, or "" for all of IPv4. SO_REUSEADDR is set.
   * @param backlog negative: the socket is bound, and does not listen
   * @returns fd
   */
  listenTcp(host: string, port: string, backlog: number): number;
  /** Begins to connect to a numeric address. The socket is writable when that has ended. @returns fd */
  connectTcp(host: string, port: string): number;
  /** How it ended: 0 or a negated errno. EINPROGRESS: it has not ended; ECONNREFUSED also: it is connected to itself. */
  connectOutcome(fd: number): number;
  /** Connects without waiting, and hangs up. @returns who called listen, or why it failed */
  probeUnix(path: string): PeerCredentials | number;
  /**
   * Waits for room in the listener's queue for so many seconds, if it must; then -EAGAIN. The socket is blocking, but a read
   * of a second and a write of as many seconds that nothing comes of end with EAGAIN. @returns fd
   */
  connectUnix(path: string, seconds: number): number;
  peerCredentials(fd: number): PeerCredentials | number;
  /** A datagram socket that is connected to a path; `write` sends one datagram, and never waits. @returns fd */
  connectDatagram(path: string): number;
  /** Sends one datagram without waiting (sd_notify). A leading NUL makes the path an abstract name. */
  sendDatagram(path: string, bytes: Uint8Array): number;

  /** A datagram socket at a path, which appears with `mode`; each message tells who sent it. @returns fd */
  bindNotices(path: string, mode: number): number;
  /**
   * Takes one message without waiting; what does not fit is lost. A message with descriptors stays in the queue: to read it
   * closes them, which may wait for their peers.
   * @param who gets the pid of the sender, 0 for unknown, and 1 if descriptors came with it, otherwise 0
   * @returns its length
   */
  receiveNotice(fd: number, into: Uint8Array, who: Int32Array): number;

  /** See pipes.ts. */
  createWatcher(ready: () => void): number;
  arm(on: 0 | 1): number;
  watch(fd: number, interest: 0 | 1 | 2, generation: number): number;
  drain(events: Int32Array): number;

  /** See time/wall-alarm.ts. @returns a descriptor, close-on-exec */
  openWallTimer(): number;
  /** Epoch milliseconds; 0 disarms. @returns 1 when the clock was set since the last time, else 0 */
  setWallTimer(fd: number, atWall: number): number;
  /** @returns 1 when the moment has come; -ECANCELED when the clock was set, -EAGAIN for neither */
  readWallTimer(fd: number): number;
  /** See time/local-time.ts. @param second since 1970 @returns seconds to add to UTC */
  localOffset(second: number): number;

  /**
   * Takes the low descriptors that starting programs needs: before any file is opened for long, because children close
   * copies of what is below. @returns the first that no child copies; 0 when the kernel cannot do that
   */
  reserveSlots(): number;
  /** @returns a descriptor, close-on-exec, of a file without a name */
  memoryFile(): number;
  /** Such a file as memory, at least so long, for as long as the buffer is used. @returns a negative errno if that fails */
  mapMemory(fd: number, length: number): ArrayBuffer | number;
  /** Writes all of it. @returns 0 or a negative errno */
  append(fd: number, text: string): number;
  /** The position of an open file. */
  position(fd: number): number;
  /**
   * Moves what a pipe has to the end of a file, and reads the file.
   * @param taken where in the file: what is before is released
   * @returns bytes read, 0 at the end of the pipe
   */
  takeThrough(pipe: number, file: number, into: Uint8Array, taken: number): number;
  /** Adds bytes to a file, for `pour`. @returns 0; -EPIPE if nothing reads the pipe */
  stage(file: number, pipe: number, bytes: Uint8Array): number;
  /** Removes bytes that were staged and not poured. */
  unstage(file: number): number;
  /** Moves staged bytes to a pipe. @returns those that it does not take now */
  pour(file: number, pipe: number): number;
  /**
   * Replaces this process; the descriptors in `keep` stay open. Strings end with a NUL each.
   * @returns only when that failed
   */
  execute(
    file: number,
    argv: string,
    argc: number,
    env: string,
    envc: number,
    keep: Int32Array,
  ): number;

  // The following run in order on the thread of a file system: see posix/lanes.c and files/file-calls.ts. As root, a user's
  // symlink on the way is followed only to what is that user's, otherwise -ELOOP: see guarded.c. -EBUSY: too many operations wait
  // for that file system. `lane` is another thread than that of the descriptor's file system, if it is not negative. FACTS are
  // thirteen numbers, see `statsOf`; -EINVAL comes at once for a path with a NUL.

  /**
   * Moves output, and formats its lines if there are texts: see transfer.c.
   * @returns bytes moved, lost, error number, rest, bytes taken; of lines: bytes held, whether they continue, the newest bytes
   */
  transfer(
    pipe: number,
    file: number,
    room: number,
    /** 0 waits for more, 1 takes what is there at the end of a program, 2 takes what is there. */
    mode: 0 | 1 | 2,
    /** Bytes in the file. */
    position: number,
    /** In the memory of the keeper; negative for nowhere. */
    unwrittenAt: number,
    texts?: Uint8Array,
    numbers?: Float64Array,
  ): Promise<readonly [number, number, number, number, number, number?, number?, Uint8Array?]>;
  /** @param isLocked marks the file as in use, for `unlinkIdleFile`. @returns FACTS, the descriptor first */
  openFile(path: string, flags: number, mode: number, isLocked: 0 | 1, lane: number): Facts;
  /** @param flags 0 or O_NOFOLLOW. @param isGuarded 0 follows all symlinks */
  examine(path: string, flags: number, isGuarded: 0 | 1): Facts;
  examineOpen(fd: number): Facts;
  renameFile(from: string, to: string): Promise<number> | number;
  unlinkFile(path: string): Promise<number> | number;
  /** Removes a regular file of our own. @returns -EBUSY when a daemon has it in use, -EPERM when it is not ours */
  unlinkIdleFile(path: string): Promise<number> | number;
  /**
   * Makes the missing directories on the way to a file, 0755 less the umask. As root, each gets the owner and the group of the
   * directory it is made in; -ELOOP: not behind a user's symlink; -EACCES: not where all may rename it.
   */
  makeWay(path: string): Promise<number> | number;
  /** Each name with a NUL after it. @returns -E2BIG for more than `most` */
  listNames(path: string, most: number): Promise<string | number> | number;
  /** @param position negative for that of the descriptor. @returns bytes read */
  readFile(
    fd: number,
    parts: readonly Uint8Array[],
    position: number,
    lane: number,
  ): Promise<number> | number;
  /** As writev(2). @returns bytes written */
  writeFile(
    fd: number,
    parts: readonly Uint8Array[],
    position: -1,
    lane: number,
  ): Promise<number> | number;
  closeFile(fd: number, lane: number): Promise<number>;
  changeOwner(fd: number, uid: number, gid: number): Promise<number>;
  changeMode(fd: number, mode: number): Promise<number>;
  /** In whole milliseconds since 1970. */
  changeTimes(fd: number, accessed: number, changed: number): Promise<number>;
  /** As openFile, for commands, which may wait. @returns the descriptor */
  openLogNow(path: string, flags: number): number;

  /** An extended attribute of a file of the kernel. @returns its text */
  attribute(path: string, name: string): string | number;

  /** A close-on-exec copy. @returns its descriptor */
  duplicate(fd: number): number;
  /** Makes both sides of a new pseudo-terminal fit for use; see terminal.c. A negative uid leaves the owner. */
  preparePair(master: number, slave: number, uid: number): number;
  /** Every key as it comes; `leaveRaw` puts the terminal back. */
  enterRaw(fd: number): number;
  leaveRaw(): number;
  setWindowSize(fd: number, rows: number, columns: number): number;
  getWindowSize(fd: number): { readonly rows: number; readonly columns: number } | number;

  /** The file systems, and other lanes, that have work: their devices, as `major * 2 ** 32 + minor`. */
  busyLanes(): readonly number[];
  /** Settles when the operation in progress in a lane has ended, before those that wait. */
  awaitLane(lane: number): Promise<number>;
  /** How many threads, of at most `most` (64), can be started now besides those that run. They are started, and end. */
  countThreads(most: number): number;
  /** Gives memory back to the kernel: free heap, and pages of code that are read again when used. @returns bytes of code */
  trim(): number;

  /** Numbers of the resources for getLimit and setLimit. */
  readonly limits: Readonly<Record<Resource, number>>;
}

let loaded: Posix | null = null;

/**
 * The addon, loaded at the first call: commands that need none of it do not pay for it.
 * @throws Error when it cannot be loaded
 */
export function posix(): Posix {
  loaded ??= loadAddon() as Posix;
  return loaded;
}

/** Whether a descriptor is a terminal. Node's own answer loads its whole socket machinery first. */
export function isTerminal(fd: number): boolean {
  return posix().isTerminal(fd) === 1;
}

const NAMES = new Map<number, string>();
for (const [name, number] of Object.entries(constants.errno)) {
  if (!NAMES.has(number)) NAMES.set(number, name); // EAGAIN comes before its alias EWOULDBLOCK
}

/** The symbolic name of an error number of either sign, for example "EACCES". */
export function errnoName(errno: number): string {
  return NAMES.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;
}
