// Opens a log; creates a missing one with a given owner and mode, and its missing directories. An existing file is opened
// unchanged: only the owner of a file that this process has just created is certain.

import * as fs from "node:fs";
import type { LaneName } from "../../core/base/lanes.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, LogMaking, OpenLog } from "../../ports/log-files.ts";
import { settle } from "./attempt.ts";
import { makeLogWay, type OpenedLog, type OpenWay, openLogs } from "./guarded-log.ts";
import { inLaneWithRoom, type LastName, laneOfPath, onDescriptor, onPath } from "./lanes.ts";

const { O_CREAT, O_EXCL } = fs.constants;
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
