// Log files on raw descriptors. Every call runs on libuv's thread pool, in the lane of its file system, so that a slow disk
// delays only the logs on it.
//
// sync-ok(closeSync, openSync, readSync): /dev/urandom never blocks

import * as fs from "node:fs";
import { join } from "node:path";
import { isatty } from "node:tty";
import { err, ok, type Result } from "../../core/base/result.ts";
import type {
  Errno,
  FileFacts,
  FilePart,
  IdentifiedFile,
  LogFiles,
  OpenLog,
  OpenOptions,
  Transfer,
  TransferOrder,
} from "../../ports/log-files.ts";
import { codeOf } from "../error-code.ts";
import { errnoName, posix } from "../posix.ts";
import { attempt, closed } from "./attempt.ts";
import { compress } from "./compression.ts";
import { diagnosePath } from "./describe-path.ts";
import { isSmallWrite, writeGathered } from "./gathered-writes.ts";
import {
  lookAtLog,
  type MadeLog,
  type OpenedLog,
  openForReading,
  openGathered,
  openMade,
  renameLog,
  unlinkIdleLog,
  unlinkLog,
} from "./guarded-log.ts";
import { forgetLane, keepLane, type LastName, onDescriptor, onPath } from "./lanes.ts";
import { findBackups, isFile, leftCompressions, openBackup, removeLeft } from "./log-backups.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_TRUNC, O_WRONLY } = fs.constants;
const { S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } = fs.constants;
/** Bytes that a pipe that is ready for writing accepts without blocking (POSIX). */
const PIPE_BUF = 4096;
/** Bytes. A ready terminal may have less room than a pipe. */
const TERMINAL_BURST = 512;
const RANDOM_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_";
const RANDOM_LENGTH = 8;
/** Random bytes that are read at once: a thousand programs may need names at the same time. */
const RANDOM_STOCK = 4096;
const EVEN_BYTES = 256 - (256 % RANDOM_CHARACTERS.length);
/** One read call returns at most 2 GiB less a page. */
const MAX_READ = 1 << 30;

/** The facts that decide how a file is used; a part of `fs.Stats` too. */
type Facts = Pick<OpenedLog, "mode" | "size" | "uid">;

/** Access to the files of the host. */
export function createLogFiles(): LogFiles {
  return {
    open: openLog,
    adopt: (fd) =>
      onDescriptor(fd, async () => {
        const facts = await attempt<fs.Stats>((done) => fs.fstat(fd, done));
        return facts.ok ? ok(describe(fd, facts.value, false)) : facts;
      }),
    close: (fd) => {
      const done = onDescriptor(fd, () => closed(fd));
      forgetLane(fd);
      return done;
    },
    write: (fd, parts, isUrgent) =>
      isSmallWrite(parts)
        ? writeGathered(fd, parts, isUrgent)
        : onDescriptor(fd, () => writeParts(fd, parts)),
    transfer: (order) => onDescriptor(order.fd, () => transfer(order)),
    size: (fd) =>
      onDescriptor(fd, async () => {
        const facts = await attempt<fs.Stats>((done) => fs.fstat(fd, done));
        return facts.ok ? ok(facts.value.size) : facts;
      }),
    rename: (from, to) => byPath(from, () => renameLog(from, to)),
    unlink: (path) => byPath(path, () => unlinkLog(path)),
    stat: (path) =>
      byPath(path, async () => {
        const facts = await attempt<fs.Stats>((done) => fs.stat(path, done));
        return facts.ok ? ok(factsOf(facts.value)) : facts;
      }),
    read: (path, choose) => byPath(path, () => readRangeOf(path, choose)),
    identify: (path) => byPath(path, () => identifyPath(path)),
    readPart: (path, part) => byPath(path, () => readPartOf(path, part)),
    backups: findBackups,
    leftCompressions,
    openBackup: (path) => byPath(path, () => openBackup(path)),
    compress,
    removeLeft: (path) => byPath(path, () => removeLeft(path)),
    isFile: async (path, file) => {
      const is = await onPath(path, () => isFile(path, file));
      return is.ok && is.value;
    },
    diagnose: async (path, errno) => {
      const found = await onPath(path, () => diagnosePath(path, errno));
      return found.ok ? found.value : { ...UNKNOWN, component: path };
    },
    randomName,
    removeIdle: (directory, baseOf) => byPath(directory, () => removeIdle(directory, baseOf)),
  };
}

/** The diagnosis of a path that cannot be examined. */
const UNKNOWN = { problem: "unknown", owner: null, uid: process.geteuid?.() ?? 0 } as const;

/** Runs an operation in the lane of the path's file system; "EBUSY" if too many operations wait there. */
async function byPath<T>(
  path: string,
  run: () => Promise<Result<T, Errno>>,
  lastName: LastName = "followed",
): Promise<Result<T, Errno>> {
  const answered = await onPath(path, run, lastName);
  return answered.ok ? answered.value : answered;
}

async function openLog(path: string, options: OpenOptions): Promise<Result<OpenLog, Errno>> {
  // O_NONBLOCK: opening a FIFO without a reader fails with ENXIO rather than waiting. Regular files ignore it.
  let flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK;
  if (options.truncate) flags |= O_TRUNC;
  if (options.isPrivate) flags |= O_NOFOLLOW;
  if (options.isNew) flags |= O_EXCL;
  const { isPrivate, isNew } = options;
  const way = { flags, mode: isPrivate ? 0o600 : 0o666, isLocked: isPrivate };
  const { making, asksAge = false } = options;
  const opened =
    making === undefined
      ? await openGathered(path, way, isNew ? "made" : "followed")
      : await openMade(path, way, making);
  if (!opened.ok) return opened;
  const { fd, nlink, uid } = opened.value;
  const isOf = isOurs(opened.value) || (isRegular(opened.value) && uid === making?.owner?.uid);
  if (isPrivate && (!isOf || nlink > 1)) {
    await onDescriptor(fd, () => closed(fd));
    return err("EPERM");
  }
  const log = describe(fd, opened.value, true);
  const { flaw }: MadeLog = opened.value;
  const age = asksAge ? { changedAt: await changedAt(fd) } : {};
  return ok({ ...log, ...age, ...(flaw === undefined ? {} : { flaw }) });
}

async function changedAt(fd: number): Promise<number | null> {
  const facts = await onDescriptor(fd, () => attempt<fs.Stats>((done) => fs.fstat(fd, done)));
  return facts.ok ? Math.floor(facts.value.mtimeMs) : null;
}

function describe(fd: number, facts: Facts, nonBlocking: boolean): OpenLog {
  keepLane(fd);
  const type = facts.mode & S_IFMT;
  if (type === S_IFREG) return { fd, kind: "regular", size: facts.size, burst: Infinity };
  const burst = nonBlocking ? Infinity : PIPE_BUF;
  if (type === S_IFIFO || type === S_IFSOCK) return { fd, kind: "stream", size: 0, burst };
  if (isatty(fd)) {
    return { fd, kind: "stream", size: 0, burst: nonBlocking ? Infinity : TERMINAL_BURST };
  }
  return { fd, kind: "device", size: 0, burst: Infinity };
}

function isOurs(facts: Facts): boolean {
  return isRegular(facts) && facts.uid === process.geteuid?.();
}

function factsOf(facts: fs.Stats): FileFacts {
  return { isRegular: isRegular(facts), size: facts.size };
}

function isRegular({ mode }: Pick<Facts, "mode">): boolean {
  return (mode & S_IFMT) === S_IFREG;
}

function writeParts(fd: number, parts: readonly Uint8Array[]): Promise<Result<number, Errno>> {
  const first = parts[0];
  if (first !== undefined && parts.length === 1) {
    return attempt((done) => fs.write(fd, first, 0, first.length, null, done));
  }
  return attempt((done) => fs.writev(fd, parts, null, done));
}

async function readRangeOf(
  path: string,
  choose: (size: number) => { readonly start: number; readonly length: number } | null,
): Promise<Result<Uint8Array, Errno>> {
  const opened = await openForReading(path);
  if (!opened.ok) return opened;
  const { fd, mode, size } = opened.value;
  try {
    if (!isRegular(opened.value)) return err((mode & S_IFMT) === S_IFDIR ? "EISDIR" : "ESPIPE");
    const range = choose(size);
    return range === null ? err("EINVAL") : await readFully(fd, range.start, range.length);
  } finally {
    await closed(fd);
  }
}

async function readPartOf(path: string, part: FilePart): Promise<Result<Uint8Array, Errno>> {
  const opened = await openForReading(path);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  try {
    const found = await identifyDescriptor(fd);
    if (!found.ok) return found;
    const { id, size, isRegular: isFile } = found.value;
    if (!isFile || id !== part.id) return err("ESTALE");
    const length = Math.max(0, Math.min(part.length, size - part.start));
    return length === 0 ? ok(new Uint8Array(0)) : await readFully(fd, part.start, length);
  } finally {
    await closed(fd);
  }
}

async function readFully(
  fd: number,
  start: number,
  length: number,
): Promise<Result<Uint8Array, Errno>> {
  const bounded = guard(() => new Uint8Array(length));
  if (!bounded.ok) return err("ENOMEM");
  const buffer = bounded.value;
  let filled = 0;
  while (filled < length) {
    const wanted = Math.min(MAX_READ, length - filled);
    const at = filled;
    const got = await attempt<number>((done) => fs.read(fd, buffer, at, wanted, start + at, done));
    if (!got.ok) return got;
    if (got.value === 0) break;
    filled += got.value;
  }
  return ok(filled === length ? buffer : buffer.subarray(0, filled));
}

const stock = new Uint8Array(RANDOM_STOCK);
let used = RANDOM_STOCK;

function randomName(): string {
  let name = "";
  while (name.length < RANDOM_LENGTH) {
    if (used === RANDOM_STOCK) {
      fillRandom(stock);
      used = 0;
    }
    const byte = stock[used] ?? 255;
    used += 1;
    // Bytes beyond the last whole multiple are skipped: the first characters would be more likely than the others.
    if (byte < EVEN_BYTES) name += RANDOM_CHARACTERS.charAt(byte % RANDOM_CHARACTERS.length);
  }
  return name;
}

/**
 * Reads /dev/urandom, which never blocks. A signal can make a read short (random(4)). Loading node:crypto would take a megabyte
 * of memory.
 * @throws an Error if /dev/urandom ends, as an ordinary file in its place does
 */
function fillRandom(bytes: Uint8Array): void {
  const fd = fs.openSync("/dev/urandom", "r");
  try {
    for (let filled = 0; filled < bytes.length; ) {
      const read = fs.readSync(fd, bytes, filled, bytes.length - filled, null);
      if (read === 0) throw new Error("/dev/urandom is not the random device");
      filled += read;
    }
  } finally {
    fs.closeSync(fd);
  }
}

async function removeIdle(
  directory: string,
  baseOf: (name: string) => string | null,
): Promise<Result<readonly string[], Errno>> {
  const names = await attempt<string[]>((done) => fs.readdir(directory, done));
  if (!names.ok) return names;
  const failed: string[] = [];
  const inUse = new Set<string | null>();
  // Sorted: a log comes before its backups, which are not open.
  for (const name of names.value.sort()) {
    const base = baseOf(name);
    if (base === null || inUse.has(base)) continue;
    const path = join(directory, name);
    const removed = await unlinkIdleLog(path);
    if (removed.ok || ["ENOENT", "EPERM", "ELOOP"].includes(removed.error)) continue;
    if (removed.error === "EBUSY") inUse.add(base);
    else failed.push(path);
  }
  return ok(failed);
}

function guard<T>(action: () => T): Result<T, Errno> {
  try {
    return ok(action());
  } catch (error) {
    return err(codeOf(error));
  }
}

const RESTS = ["empty", "end", "more"] as const;

/** One step of a transfer from a pipe: see posix/transfer.c. Both descriptors must stay open until it has ended. */
async function transfer({ pipe, fd, room, isLast }: TransferOrder): Promise<Transfer> {
  const [moved = 0, lost = 0, errno = 0, rest = 0] = await posix().transfer(
    pipe,
    fd,
    room,
    isLast ? 1 : 0,
  );
  return {
    moved,
    lost,
    errno: errno === 0 ? null : errnoName(errno),
    rest: RESTS[rest] ?? "more",
  };
}

const NS_PER_MS = 1_000_000n;

/**
 * Identifies the file that a path leads to; rotation does not change the identity when it renames the file. The inode number of
 * a removed file may be reused at once; the birth time distinguishes both files, on file systems that record it.
 * @returns ELOOP when root does not follow a user's symlink
 */
async function identifyPath(path: string): Promise<Result<IdentifiedFile, Errno>> {
  if (process.geteuid?.() === 0) return await lookAtLog(path, identifyDescriptor);
  const facts = await attempt<fs.BigIntStats>((done) => fs.stat(path, { bigint: true }, done));
  return facts.ok ? ok(identified(facts.value)) : facts;
}

/** Identifies the file of an open descriptor. */
async function identifyDescriptor(fd: number): Promise<Result<IdentifiedFile, Errno>> {
  const facts = await attempt<fs.BigIntStats>((done) => fs.fstat(fd, { bigint: true }, done));
  return facts.ok ? ok(identified(facts.value)) : facts;
}

function identified({
  dev,
  ino,
  birthtimeNs,
  mtimeMs,
  size,
  mode,
}: fs.BigIntStats): IdentifiedFile {
  // Without a birth time, Node returns 0 or the time of the last status change; a rename is such a change.
  const made = birthtimeNs / NS_PER_MS;
  const { S_IFMT, S_IFREG } = fs.constants;
  return {
    isRegular: (Number(mode) & S_IFMT) === S_IFREG,
    size: Number(size),
    changed: Number(mtimeMs),
    id: `${dev.toString(36)}.${ino.toString(36)}.${made.toString(36)}`,
  };
}
