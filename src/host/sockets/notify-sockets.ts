// The files of sockets for sd_notify, in a directory of the daemon's user that others can only pass through. Each socket
// belongs to the user of its program. Names are random: a daemon that continues after an upgrade has the pid of the one before,
// and several daemons of a user share the directory.

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { OpenedChannel } from "../../ports/ready-channels.ts";
import { codeOf } from "../error-code.ts";
import { answers } from "../files/answers.ts";
import { errnoName, posix } from "../posix.ts";
import { closesTooMany } from "./passed-descriptors.ts";

/** The same for every daemon, whatever its environment. */
const TEMPORARY = "/tmp";
const MODE = 0o600;
const DIRECTORY_MODE = 0o711;
const WRITABLE_BY_OTHERS = 0o022;
const NAME_BYTES = 8;
const NAME = /^[0-9a-f]{16}\.notify$/;
/** Of killed daemons, at one start. */
const MOST_DEAD = 1000;
/** A younger one may be about to be bound. */
const DEAD_AGE_MS = 60_000;

/** Made because others had taken the usual places. */
let lastResort: string | null = null;
/** Directories that were rid of the sockets of dead daemons. */
const cleaned = new Set<string>();

/** @returns the socket, or why there is none */
export async function bindNotifySocket(uid: number | null): Promise<Result<OpenedChannel, string>> {
  const owner = uid ?? ownUid();
  if (closesTooMany(owner)) {
    return err(`sockets of earlier programs of user ${owner} cannot be closed`);
  }
  // It may have been removed since the last time, and another user may have made one of that name.
  const place = await findDirectory();
  if (place === null) return err("there is no directory for its socket");
  const path = join(place, `${randomBytes(NAME_BYTES).toString("hex")}.notify`);
  const fd = posix().bindNotices(path, MODE);
  if (fd < 0) return err(`its socket ${path} cannot be made: ${errnoName(fd)}`);
  try {
    if (owner !== ownUid()) lchownSync(path, owner, -1);
  } catch (error) {
    posix().close(fd);
    removeNotifySocket(path);
    return err(`its socket ${path} cannot be given to user ${owner}: ${codeOf(error)}`);
  }
  return ok({ channel: { fd, path }, passed: null });
}

/** Only from a directory that is still the daemon's own; nothing else in it has that name. */
export function removeNotifySocket(path: string): void {
  const place = dirname(path);
  if (!isOwned(place)) return;
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
    if (!usualPlaces().includes(place)) rmdirSync(place);
  } catch {
    // It is not there, or the directory has others.
  }
}

/** A directory of our own, found in this turn. */
async function findDirectory(): Promise<string | null> {
  for (const path of usualPlaces()) {
    if (!(await answers(path))) continue;
    try {
      mkdirSync(path);
      // Whatever the umask; programs of other users go through it.
      chmodSync(path, DIRECTORY_MODE);
    } catch {
      // It is there, or cannot be made: the next line tells.
    }
    if (!isOwned(path)) continue;
    if (!cleaned.has(path)) removeDead(path);
    cleaned.add(path);
    return path;
  }
  if (!(await answers(TEMPORARY))) return null;
  if (lastResort !== null && isOwned(lastResort)) return lastResort;
  try {
    lastResort = mkdtempSync(`${ownPlace()}-`);
    chmodSync(lastResort, DIRECTORY_MODE);
    return lastResort;
  } catch {
    return null;
  }
}

function usualPlaces(): readonly string[] {
  if (ownUid() === 0) return ["/run/tsv-notify", ownPlace()];
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return runtime?.startsWith("/") === true ? [`${runtime}/tsv-notify`, ownPlace()] : [ownPlace()];
}

function ownPlace(): string {
  return `${TEMPORARY}/tsv-notify-${ownUid()}`;
}

function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

/** No other user can put a socket there. */
function isOwned(path: string): boolean {
  try {
    const found = lstatSync(path);
    const isOurs = found.isDirectory() && found.uid === ownUid();
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
    if (Date.now() - changedAt(path) < DEAD_AGE_MS) continue;
    const fd = posix().connectDatagram(path);
    if (fd >= 0) posix().close(fd);
    else if (errnoName(fd) === "ECONNREFUSED") removeNotifySocket(path);
  }
}

/** Milliseconds since 1970; it is now when the file has gone. */
function changedAt(path: string): number {
  try {
    return lstatSync(path).mtimeMs;
  } catch {
    return Date.now();
  }
}
