// Opens a log; creates a missing one with a given owner and mode, and its missing directories. An existing file is opened
// unchanged: only the owner of a file that this process has just created is certain.

import * as fs from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, LogMaking, OpenLog } from "../../ports/log-files.ts";
import { settle } from "./attempt.ts";
import { openGathered } from "./gathered-opens.ts";
import { makeLogWay, type OpenedLog, type OpenWay } from "./guarded-log.ts";
import { onDescriptor, onPath } from "./lanes.ts";

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
