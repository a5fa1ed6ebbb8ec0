// Sockets and pipes on which programs say that they are ready.
//
// sync-ok(chmodSync, connectDatagram, lchownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, unlinkSync): the daemon
// has seen the directory answer, which only its user can fill

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
import { MOST_NOTICE, parseNotice } from "../../core/notify/notice.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type {
  OpenedChannel,
  ReadyChannel,
  ReadyChannels,
  ReadyHandler,
} from "../../ports/ready-channels.ts";
import { codeOf } from "../error-code.ts";
import { answers } from "../files/answers.ts";
import { errnoName, posix } from "../posix.ts";
import { isOfProgram } from "../processes/process-stats.ts";
import { closeSoon, closesTooMany, dropNotice, dropOf } from "./passed-descriptors.ts";

/** Messages that are taken from one program at once. After so many it is left alone for a moment. */
const MOST_AT_ONCE = 8;
const PAUSE_MS = 25;
const LINE_FEED = 0x0a;
const READY = parseNotice(new TextEncoder().encode("READY=1"));

/** All share them: reading is synchronous. */
const message = new Uint8Array(MOST_NOTICE);
const who = new Int32Array(3);

/** @param pipes watch what programs say */
export function createReadyChannels(pipes: Pipes): ReadyChannels {
  const pauses = new Map<number, NodeJS.Timeout>();
  /** Tells a watch from an earlier one of the same descriptor number. */
  const watches = new Map<number, object>();
  const unwatch = ({ fd }: ReadyChannel): void => {
    watches.delete(fd);
    clearTimeout(pauses.get(fd));
    pauses.delete(fd);
    pipes.unwatch(fd);
  };
  const watch = (channel: ReadyChannel, pid: number, handler: ReadyHandler): void => {
    const { fd, path } = channel;
    const token = {};
    watches.set(fd, token);
    const goOn = (): void => {
      if (watches.get(fd) === token) watch(channel, pid, handler);
    };
    const drop = dropOf(channel);
    if (drop !== null) {
      void drop.then(goOn);
      return;
    }
    pipes.watch(fd, "read", {
      readable() {
        if (path === null) {
          readLine(channel, handler);
          return;
        }
        const next = receive(channel, pid, handler);
        if (next === "empty") return;
        pipes.unwatch(fd);
        if (next === "descriptors") void dropNotice(channel).then(goOn);
        else pauses.set(fd, setTimeout(goOn, PAUSE_MS).unref());
      },
    });
  };
  /** A line feed, or the end, says all there is to say. */
  const readLine = (channel: ReadyChannel, handler: ReadyHandler): void => {
    const count = pipes.read(channel.fd, message);
    if (count === "empty") return;
    const isReady = count !== "end" && message.subarray(0, count).includes(LINE_FEED);
    if (!isReady && count !== "end") return;
    unwatch(channel);
    if (isReady) handler.noticed(READY);
    else handler.closed();
  };
  return {
    open(target, uid, told) {
      if (target.kind === "notify") void bindNotifySocket(uid).then(told);
      else told(openPipe(target.fd));
    },
    closePassed({ passed }) {
      if (passed !== null) posix().close(passed.source);
    },
    watch,
    unwatch,
    close(channel) {
      unwatch(channel);
      if (channel.path === null) posix().close(channel.fd);
      else {
        closeSoon(channel);
        removeNotifySocket(channel.path);
      }
    },
  };
}

function openPipe(target: number): Result<OpenedChannel, string> {
  const ends = posix().pipe();
  if (typeof ends === "number") return err(`no pipe for it: ${errnoName(ends)}`);
  const [fd, source] = ends;
  posix().setNonblocking(fd);
  return ok({ channel: { fd, path: null }, passed: { target, source } });
}

/** Takes what is there, but not too much. @returns what is left: more perhaps, or a message with descriptors, already heard */
function receive(
  { fd }: ReadyChannel,
  pid: number,
  handler: ReadyHandler,
): "empty" | "more" | "descriptors" {
  for (let messages = 0; messages < MOST_AT_ONCE; messages += 1) {
    const count = posix().receiveNotice(fd, message, who);
    if (count < 0) return errnoName(count) === "EAGAIN" ? "empty" : "more";
    const [sender = 0, , descriptors] = who;
    if (isOfProgram(sender, pid, handler.isMain))
      handler.noticed(parseNotice(message.subarray(0, count)));
    else handler.stranger(sender);
    if (descriptors === 1) return "descriptors";
  }
  return "more";
}

// The files of sockets for sd_notify, in a directory of the daemon's user that others can only pass through. Each socket
// belongs to the user of its program. Names are random: a daemon that continues after an upgrade has the pid of the one before,
// and several daemons of a user share the directory.

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
async function bindNotifySocket(uid: number | null): Promise<Result<OpenedChannel, string>> {
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
function removeNotifySocket(path: string): void {
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
