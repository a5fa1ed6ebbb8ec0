// Opens, renames and removes logs. As root, it does not follow symlinks of users, who could otherwise choose which file root
// writes, truncates or reveals: see posix/guarded.c. A daemon that is not root can do no more than the owners of such symlinks.

import * as fs from "node:fs";
import { constants } from "node:os";
import type { LaneName } from "../../core/base/lanes.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, LogMaking, OpenLog } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";
import { attempt, closed, settle } from "./attempt.ts";
import { inLaneWithRoom, type LastName, laneOfPath, onDescriptor, onPath } from "./lanes.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;
/** A descriptor that refers to a file without opening it; needs no read permission. The same number on x86 and ARM. */
export const O_PATH = 0o10000000;

/** An open file and its facts from fstat(2), by Node's names. */
export interface OpenedLog {
  readonly fd: number;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly nlink: number;
}

/** How files are opened: the arguments of open(2). */
interface OpenWay {
  readonly flags: number;
  /** The mode of a file that is created. */
  readonly mode: number;
  /** The file is marked as in use, for `unlinkIdleLog`. */
  readonly isLocked: boolean;
}

const LOOK: OpenWay = { flags: O_PATH, mode: 0, isLocked: false };
/** Numbers that the addon returns for each file. */
const FIELDS = 5;

/** Opens each path as open(2), in order, in one job. ELOOP: a symlink is not followed. Paths must not contain a NUL. */
export async function openLogs(
  paths: readonly string[],
  { flags, mode, isLocked }: OpenWay,
): Promise<readonly Result<OpenedLog, Errno>[]> {
  const names = paths.map((path) => `${path}\0`).join("");
  const numbers = await posix().openLogs(names, paths.length, flags, mode, isLocked ? 1 : 0);
  return paths.map((_path, index) => {
    const [fd = -constants.errno.ENOMEM, fileMode = 0, size = 0, uid = 0, nlink = 0] =
      numbers?.slice(index * FIELDS, (index + 1) * FIELDS) ?? [];
    return fd < 0 ? err(errnoName(fd)) : ok({ fd, mode: fileMode, size, uid, nlink });
  });
}

/** As `openLogs`, for reading one path. */
export async function openForReading(path: string): Promise<Result<OpenedLog, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const way = { flags: O_RDONLY | O_NONBLOCK, mode: 0, isLocked: false };
  const [opened = err("ENOMEM")] = await openLogs([path], way);
  return opened;
}

/** Examines the file that a path leads to without opening it: calls `ask` with a descriptor of O_PATH. */
export async function lookAtLog<T>(
  path: string,
  ask: (fd: number) => Promise<Result<T, Errno>>,
): Promise<Result<T, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const [opened = err("ENOMEM")] = await openLogs([path], LOOK);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  const answer = await ask(fd);
  await closed(fd);
  return answer;
}

/** fstat(2) of files without opening them. A symlink at the end of a path is an error: ELOOP. */
export async function lookAtLogs(
  paths: readonly string[],
): Promise<readonly Result<fs.Stats, Errno>[]> {
  if (paths.some((path) => path.includes("\0"))) return paths.map(() => err("EINVAL"));
  const looked: Result<fs.Stats, Errno>[] = [];
  for (const opened of await openLogs(paths, { ...LOOK, flags: O_PATH | O_NOFOLLOW })) {
    if (!opened.ok) {
      looked.push(opened);
      continue;
    }
    const { fd } = opened.value;
    looked.push(await attempt<fs.Stats>((done) => fs.fstat(fd, done)));
    await closed(fd);
  }
  return looked;
}

/** As rename(2). */
export async function renameLog(from: string, to: string): Promise<Result<true, Errno>> {
  return answer(await posix().renameLog(from, to));
}

/** As unlink(2). */
export async function unlinkLog(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().unlinkLog(path));
}

/** Removes a regular file of this user. EBUSY: a daemon uses the file. EPERM: the file belongs to another user. */
export async function unlinkIdleLog(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().unlinkIdleLog(path));
}

/** Creates the missing directories of a path. ELOOP, EACCES: none may be created there, see posix.ts. */
export async function makeLogWay(path: string): Promise<Result<true, Errno>> {
  return answer(await posix().makeLogWay(path));
}

function answer(result: number): Result<true, Errno> {
  return result < 0 ? err(errnoName(result)) : ok(true);
}

// Opens a log; creates a missing one with a given owner and mode, and its missing directories. An existing file is opened
// unchanged: only the owner of a file that this process has just created is certain.

/** The mode of a new file until its owner and mode are set. */
const UNFINISHED = 0o600;
/** Attempts. Another process may remove or create the file between two operations. */
const TRIES = 3;

export type MadeLog = OpenedLog & Pick<OpenLog, "flaw">;

/** As `openGathered`; creates a missing file and directories. @param way with O_CREAT; with O_EXCL, the file must not exist */
export async function openMade(
  path: string,
  way: OpenWay,
  making: LogMaking,
): Promise<Result<MadeLog, Errno>> {
  const opened = await openOrMake(path, way, making);
  if (opened.ok || opened.error !== "ENOENT" || !making.makesWay) return opened;
  const made = await onPath(path, () => makeLogWay(path));
  if (!made.ok) return made;
  if (!made.value.ok) return made.value;
  return await openOrMake(path, way, making);
}

async function openOrMake(
  path: string,
  way: OpenWay,
  making: LogMaking,
): Promise<Result<MadeLog, Errno>> {
  const mustBeNew = (way.flags & O_EXCL) !== 0;
  if (making.mode === null && making.owner === null) {
    return await openGathered(path, way, mustBeNew ? "made" : "followed");
  }
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (!mustBeNew) {
      const there = await openGathered(path, { ...way, flags: way.flags & ~O_CREAT }, "followed");
      if (there.ok || there.error !== "ENOENT") return there;
    }
    const fresh = { ...way, flags: way.flags | O_CREAT | O_EXCL, mode: UNFINISHED };
    const made = await openGathered(path, fresh, "made");
    if (made.ok) return ok(await finished(made.value, way.mode, making));
    if (mustBeNew || made.error !== "EEXIST") return made;
  }
  // The path is a dangling symlink.
  return mustBeNew ? err("EEXIST") : await openGathered(path, way, "followed");
}

/** Sets the owner and then the mode of a new file. If one of them fails, the file keeps mode 0600. */
async function finished(made: OpenedLog, usual: number, making: LogMaking): Promise<MadeLog> {
  const { fd } = made;
  const { owner } = making;
  const mode = making.mode ?? usual & ~process.umask();
  if (owner !== null) {
    const { uid, gid } = owner;
    const given = await onDescriptor(fd, () => settle((done) => fs.fchown(fd, uid, gid, done)));
    if (!given.ok) return { ...made, flaw: { of: "owner", errno: given.error } };
  }
  const set = await onDescriptor(fd, () => settle((done) => fs.fchmod(fd, mode, done)));
  if (!set.ok) return { ...made, flaw: { of: "mode", errno: set.error } };
  return { ...made, uid: owner?.uid ?? made.uid };
}

/** Most files in one job, so that no caller waits long on a slow disk. */
const MOST_OPENS = 32;
/** A job that takes longer may wait for one file; waiting files are then opened in another job. */
const LATE_MS = 100;

interface Order {
  readonly path: string;
  readonly settle: (opened: Result<OpenedLog, Errno>) => void;
}

/** Files to open with the same flags in one lane. */
interface Gathering {
  readonly name: string;
  readonly lane: LaneName;
  readonly way: OpenWay;
  readonly waiting: Order[];
  /** Jobs under way that are not late. */
  jobs: number;
}

/** Only gatherings with jobs or orders, by `name`. */
const gatherings = new Map<string, Gathering>();

/**
 * Opens a log, together with others of its file system if possible: a thousand starting programs have two thousand logs, mostly
 * in one directory, and threads that create files there would wait for each other, spinning.
 *
 *   none under way ──open──► opened at once ──opens meanwhile──► waiting ──answer, or none for LATE_MS──► opened together
 *
 * @returns "EBUSY" if too many operations wait for the file system
 */
export async function openGathered(
  path: string,
  way: OpenWay,
  lastName: LastName,
): Promise<Result<OpenedLog, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const lane = await laneOfPath(path, lastName);
  return new Promise((settle) => {
    const gathering = gatheringOf(lane, way);
    gathering.waiting.push({ path, settle });
    if (gathering.jobs === 0) openNext(gathering);
  });
}

function gatheringOf(lane: LaneName, way: OpenWay): Gathering {
  const name = `${lane} ${way.flags} ${way.mode} ${way.isLocked}`;
  const known = gatherings.get(name);
  if (known !== undefined) return known;
  const gathering = { name, lane, way, waiting: [], jobs: 0 };
  gatherings.set(name, gathering);
  return gathering;
}

function openNext(gathering: Gathering): void {
  const orders = gathering.waiting.splice(0, MOST_OPENS);
  if (orders.length === 0) {
    if (gathering.jobs === 0) gatherings.delete(gathering.name);
    return;
  }
  gathering.jobs += 1;
  let isPast = false;
  const past = (): void => {
    if (isPast) return;
    isPast = true;
    clearTimeout(timer);
    gathering.jobs -= 1;
    openNext(gathering);
  };
  const timer = setTimeout(past, LATE_MS);
  const job = inLaneWithRoom(gathering.lane, () => openAll(orders, gathering.way));
  if (job !== null) {
    void job.finally(past);
    return;
  }
  for (const { settle } of orders) settle(err("EBUSY"));
  past();
}

async function openAll(orders: readonly Order[], way: OpenWay): Promise<void> {
  const paths = orders.map(({ path }) => path);
  const opened = await openLogs(paths, way);
  for (const [index, { settle }] of orders.entries()) settle(opened[index] ?? err("ENOMEM"));
}
