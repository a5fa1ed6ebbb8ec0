// Sockets and pipes on which programs notify the daemon.
//
// sync-ok(chmodSync, connectDatagram, lchownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, unlinkSync): the daemon
// has seen the directory answer, which only its user can fill

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
import { MOST_NOTICE, parseNotice } from "../../core/notify/sd-notify.ts";
import type {
  NotifyChannel,
  NotifyChannels,
  NotifyHandler,
  OpenedChannel,
} from "../../ports/notify-channels.ts";
import type { Pipes } from "../../ports/pipes.ts";
import { codeOf, errnoOf, quietly } from "../error-code.ts";
import { answers } from "../files/answers.ts";
import { randomName } from "../files/random-name.ts";
import { errnoName, posix } from "../posix.ts";
import { isOfProgram } from "../processes/process-stats.ts";
import { closeSoon, closesTooMany, dropNotice, dropOf } from "./passed-descriptors.ts";

/** Messages that are read from one program before a pause. */
const MOST_AT_ONCE = 8;
const PAUSE_MS = 25;
const LINE_FEED = 0x0a;
const READY = parseNotice(new TextEncoder().encode("READY=1"));

/** All share them: reading is synchronous. */
const message = new Uint8Array(MOST_NOTICE);
const sender = new Int32Array(2);

export function createNotifyChannels(pipes: Pipes): NotifyChannels {
  const pauses = new Map<number, NodeJS.Timeout>();
  /** Distinguishes a watch from an earlier one of the same descriptor number. */
  const watches = new Map<number, object>();
  const unwatch = ({ fd }: NotifyChannel): void => {
    watches.delete(fd);
    clearTimeout(pauses.get(fd));
    pauses.delete(fd);
    pipes.unwatch(fd);
  };
  const watch = (channel: NotifyChannel, pid: number, handler: NotifyHandler): void => {
    const { fd, path } = channel;
    const token = {};
    watches.set(fd, token);
    const again = (): void => {
      if (watches.get(fd) === token) watch(channel, pid, handler);
    };
    const drop = dropOf(channel);
    if (drop !== null) {
      void drop.then(again);
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
        if (next === "descriptors") void dropNotice(channel).then(again);
        else pauses.set(fd, setTimeout(again, PAUSE_MS).unref());
      },
    });
  };
  /** A line feed, or the end of the pipe, is the outcome. */
  const readLine = (channel: NotifyChannel, handler: NotifyHandler): void => {
    const count = pipes.read(channel.fd, message);
    if (count === "empty") return;
    const isReady = count !== "end" && message.subarray(0, count).includes(LINE_FEED);
    if (!isReady && count !== "end") return;
    unwatch(channel);
    if (isReady) handler.received(READY);
    else handler.closed();
  };
  return {
    open(target, uid, done) {
      if (target.kind === "notify") void bindNotifySocket(uid).then(done);
      else done(openPipe(target.fd));
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

/** Reads some messages. @returns what is left: perhaps more, or a message with descriptors, which was handled */
function receive(
  { fd }: NotifyChannel,
  pid: number,
  handler: NotifyHandler,
): "empty" | "more" | "descriptors" {
  for (let messages = 0; messages < MOST_AT_ONCE; messages += 1) {
    const count = posix().receiveNotice(fd, message, sender);
    if (count < 0) return errnoName(count) === "EAGAIN" ? "empty" : "more";
    const [pidOfSender = 0, descriptors] = sender;
    if (isOfProgram(pidOfSender, pid, handler.isMain))
      handler.received(parseNotice(message.subarray(0, count)));
    else handler.unrelated(pidOfSender);
    if (descriptors === 1) return "descriptors";
  }
  return "more";
}

// Sockets for sd_notify are in a directory of the daemon's user that others can only pass through. Each socket
// belongs to the user of its program. Names are random: a successor has the pid of its predecessor, and several
// daemons of a user share the directory.

/** The same for every daemon, whatever its environment. */
const TEMPORARY = "/tmp";
const MODE = 0o600;
const DIRECTORY_MODE = 0o711;
const WRITABLE_BY_OTHERS = 0o022;
const NAME = /^[0-9a-f]{16}\.notify$/;
/** Of killed daemons, at one start. */
const MOST_DEAD = 1000;
/** A younger one may be about to be bound. */
const DEAD_AGE_MS = 60_000;

/** Created when others had taken the usual directories. */
let lastResort: string | null = null;
/** Directories whose dead sockets were removed. */
const cleaned = new Set<string>();

/** @returns the socket, or why there is none */
async function bindNotifySocket(uid: number | null): Promise<Result<OpenedChannel, string>> {
  const owner = uid ?? ownUid();
  if (closesTooMany(owner)) {
    return err(`sockets of earlier programs of user ${owner} cannot be closed`);
  }
  // Another user may have replaced it since the last time.
  const directory = await findDirectory();
  if (directory === null) return err("there is no directory for its socket");
  const path = join(directory, `${randomName()}${randomName()}.notify`);
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
  const directory = dirname(path);
  if (!isOwned(directory)) return;
  errnoOf(() => lstatSync(path).isSocket() && unlinkSync(path));
  // Unless it is not empty.
  if (!usualDirectories().includes(directory)) errnoOf(() => rmdirSync(directory));
}

/** A directory of our own, found in this turn. */
async function findDirectory(): Promise<string | null> {
  for (const path of usualDirectories()) {
    if (!(await answers(path))) continue;
    // One that exists, or cannot be created, is checked below.
    errnoOf(() => {
      mkdirSync(path);
      // Whatever the umask; programs of other users go through it.
      chmodSync(path, DIRECTORY_MODE);
    });
    if (!isOwned(path)) continue;
    if (!cleaned.has(path)) removeDead(path);
    cleaned.add(path);
    return path;
  }
  if (!(await answers(TEMPORARY))) return null;
  if (lastResort !== null && isOwned(lastResort)) return lastResort;
  lastResort = quietly(() => {
    const made = mkdtempSync(`${ownDirectory()}-`);
    chmodSync(made, DIRECTORY_MODE);
    return made;
  }, null);
  return lastResort;
}

function usualDirectories(): readonly string[] {
  if (ownUid() === 0) return ["/run/tsv-notify", ownDirectory()];
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return runtime?.startsWith("/") === true
    ? [`${runtime}/tsv-notify`, ownDirectory()]
    : [ownDirectory()];
}

function ownDirectory(): string {
  return `${TEMPORARY}/tsv-notify-${ownUid()}`;
}

function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Whether no other user can create a socket there. */
function isOwned(path: string): boolean {
  const found = quietly(() => lstatSync(path), null);
  if (found === null || !found.isDirectory() || found.uid !== ownUid()) return false;
  return (found.mode & WRITABLE_BY_OTHERS) === 0;
}

/** Removes sockets at which nothing receives. */
function removeDead(directory: string): void {
  const names = readdirSync(directory).filter((name) => NAME.test(name));
  for (const name of names.slice(0, MOST_DEAD)) {
    const path = join(directory, name);
    const changedAt = quietly(() => lstatSync(path).mtimeMs, null);
    if (changedAt === null || Date.now() - changedAt < DEAD_AGE_MS) continue;
    const fd = posix().connectDatagram(path);
    if (fd >= 0) posix().close(fd);
    else if (errnoName(fd) === "ECONNREFUSED") removeNotifySocket(path);
  }
}
