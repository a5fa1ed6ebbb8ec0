// Opens a log that is made with a given owner and mode, or in directories that are made too. What exists already is opened as it
// is: only of a file that we have just made is it sure whose it is.

import * as fs from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, LogMaking, OpenLog } from "../../ports/log-files.ts";
import { settle } from "./attempt.ts";
import { openGathered } from "./gathered-opens.ts";
import { makeLogWay, type OpenedLog, type OpenWay } from "./guarded-log.ts";
import { onDescriptor, onPath } from "./lanes.ts";

const { O_CREAT, O_EXCL } = fs.constants;
/** Of a file whose owner and mode are still to be set. */
const UNFINISHED = 0o600;
/** Another process may remove a file, or make it, between two looks. */
const TRIES = 3;

export type MadeLog = OpenedLog & Pick<OpenLog, "flaw">;

/** As `openGathered`; what is missing is made. @param way with O_CREAT; with O_EXCL nothing may be there */
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
  // A link that leads to nothing is there.
  return mustBeNew ? err("EEXIST") : await openGathered(path, way, "followed");
}

/** Gives the file its owner and its mode. Where that fails it stays ours, and readable for us alone. */
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
