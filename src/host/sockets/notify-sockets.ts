// The files of sockets for sd_notify, in a directory of the daemon's user that others can only pass through. Each socket
// belongs to the user of its program.

import { lchownSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { OpenedChannel } from "../../ports/ready-channels.ts";
import { codeOf } from "../error-code.ts";
import { answers } from "../files/answers.ts";
import { errnoName, posix } from "../posix.ts";
import { closesTooMany } from "./passed-descriptors.ts";

const MODE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;
const NAME = /^\d+-\d+\.notify$/;
/** Of killed daemons, at one start. */
const MOST_DEAD = 1000;

let directory: Promise<string | null> | null = null;
let made = 0;

/** @returns the socket, or why there is none */
export async function bindNotifySocket(uid: number | null): Promise<Result<OpenedChannel, string>> {
  const owner = uid ?? process.geteuid?.() ?? 0;
  if (closesTooMany(owner))
    return err(`sockets of earlier programs of user ${owner} cannot be closed`);
  directory ??= findDirectory();
  const place = await directory;
  if (place === null) {
    directory = null;
    return err("there is no directory for its socket");
  }
  made += 1;
  const path = join(place, `${process.pid}-${made}.notify`);
  // One with our own pid is of a daemon that is dead.
  removeNotifySocket(path);
  const fd = posix().bindNotices(path, MODE);
  if (fd < 0) return err(`its socket ${path} cannot be made: ${errnoName(fd)}`);
  try {
    if (uid !== null && uid !== process.geteuid?.()) lchownSync(path, uid, -1);
  } catch (error) {
    posix().close(fd);
    removeNotifySocket(path);
    return err(`its socket ${path} cannot be given to user ${uid}: ${codeOf(error)}`);
  }
  return ok({ channel: { fd, path }, passed: null });
}

export function removeNotifySocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there.
  }
}

async function findDirectory(): Promise<string | null> {
  for (const path of directories()) {
    if (!(await answers(path))) continue;
    try {
      mkdirSync(path, { mode: 0o711 });
    } catch {
      // It is there, or cannot be made: the next line tells.
    }
    if (!isOwned(path)) continue;
    removeDead(path);
    return path;
  }
  return null;
}

function directories(): readonly string[] {
  const uid = process.geteuid?.() ?? 0;
  const own = `/tmp/tsv-notify-${uid}`;
  if (uid === 0) return ["/run/tsv-notify", own];
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return runtime?.startsWith("/") === true ? [`${runtime}/tsv-notify`, own] : [own];
}

/** No other user can put a socket there. */
function isOwned(path: string): boolean {
  try {
    const found = lstatSync(path);
    const isOurs = found.isDirectory() && found.uid === (process.geteuid?.() ?? 0);
    return isOurs && (found.mode & WRITABLE_BY_OTHERS) === 0;
  } catch {
    return false;
  }
}

/** Nothing receives at the socket of a dead daemon. */
function removeDead(place: string): void {
  const names = readdirSync(place).filter((name) => NAME.test(name));
  for (const name of names.slice(0, MOST_DEAD)) {
    const path = join(place, name);
    const fd = posix().connectDatagram(path);
    if (fd >= 0) posix().close(fd);
    else if (errnoName(fd) === "ECONNREFUSED") removeNotifySocket(path);
  }
}
