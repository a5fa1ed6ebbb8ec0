// Opens a log; creates a missing one with a given owner and mode, and its missing directories. An existing file is opened
// unchanged: only the owner of a file that this process has just created is certain.

import { constants } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, LogMaking, OpenLog } from "../../ports/log-files.ts";
import {
  changeMode,
  changeOwner,
  makeWay,
  type OpenedFile,
  type OpenWay,
  openFile,
} from "./file-calls.ts";

const { O_CREAT, O_EXCL } = constants;

/** The mode of a new file until its owner and mode are set. */
const UNFINISHED = 0o600;
/** Attempts. Another process may remove or create the file between two operations. */
const TRIES = 3;

export type MadeLog = OpenedFile & Pick<OpenLog, "flaw">;

/** As `openFile`; creates a missing file and directories. @param way with O_CREAT; with O_EXCL, the file must not exist */
export async function openMade(
  path: string,
  way: OpenWay,
  making: LogMaking,
): Promise<Result<MadeLog, Errno>> {
  const opened = await openOrMake(path, way, making);
  if (opened.ok || opened.error !== "ENOENT" || !making.makesWay) return opened;
  const made = await makeWay(path);
  return made.ok ? await openOrMake(path, way, making) : made;
}

async function openOrMake(
  path: string,
  way: OpenWay,
  making: LogMaking,
): Promise<Result<MadeLog, Errno>> {
  const mustBeNew = (way.flags & O_EXCL) !== 0;
  if (making.mode === null && making.owner === null) return await openFile(path, way);
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (!mustBeNew) {
      const there = await openFile(path, { ...way, flags: way.flags & ~O_CREAT });
      if (there.ok || there.error !== "ENOENT") return there;
    }
    const fresh = { ...way, flags: way.flags | O_CREAT | O_EXCL, mode: UNFINISHED };
    const made = await openFile(path, fresh);
    if (made.ok) return ok(await finished(made.value, way.mode, making));
    if (mustBeNew || made.error !== "EEXIST") return made;
  }
  // The path is a dangling symlink.
  return mustBeNew ? err("EEXIST") : await openFile(path, way);
}

/** Sets the owner and then the mode of a new file. If one of them fails, the file keeps mode 0600. */
async function finished(made: OpenedFile, usual: number, making: LogMaking): Promise<MadeLog> {
  const { fd } = made;
  const { owner } = making;
  const mode = making.mode ?? usual & ~process.umask();
  if (owner !== null) {
    const given = await changeOwner(fd, owner.uid, owner.gid);
    if (!given.ok) return { ...made, flaw: { of: "owner", errno: given.error } };
  }
  const set = await changeMode(fd, mode);
  if (!set.ok) return { ...made, flaw: { of: "mode", errno: set.error } };
  return { ...made, uid: owner?.uid ?? made.uid };
}
