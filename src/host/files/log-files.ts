// Log files on raw descriptors.

import * as fs from "node:fs";
import { join } from "node:path";
import { isatty } from "node:tty";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { LineFrame } from "../../core/logs/line-format.ts";
import { joined } from "../../core/logs/positions.ts";
import type {
  Errno,
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
import { awaitAnswer, withinLimit } from "./answers.ts";
import { compress } from "./compression.ts";
import { diagnosePath } from "./describe-path.ts";
import {
  closeFile,
  type FileStats,
  isRegular,
  listNames,
  openFile,
  openForReading,
  readFile,
  renameFile,
  statFile,
  statLog,
  statOpen,
  unlinkFile,
  unlinkIdleFile,
  writeFile,
} from "./file-calls.ts";
import { findBackups, isFile, leftCompressions, openBackup, removeLeft } from "./log-backups.ts";
import { type MadeLog, openMade } from "./log-making.ts";
import { randomName } from "./random-name.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_TRUNC, O_WRONLY } = fs.constants;
const { S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } = fs.constants;
/** Bytes that a pipe that is ready for writing accepts without blocking (POSIX). */
const PIPE_BUF = 4096;
/** Bytes. A ready terminal may have less room than a pipe. */
const TERMINAL_BURST = 512;
/** A file system that stops answering during a diagnosis delays those that wait for it by so much. */
const DIAGNOSIS_MS = 5000;
/** Names in the directory of AUTO files, which may be /tmp. */
const MOST_NAMES_OF_AUTO = 1_000_000;
/** One read call returns at most 2 GiB less a page. */
const MAX_READ = 1 << 30;

/** Access to the files of the host. */
export function createLogFiles(): LogFiles {
  return {
    open: openLog,
    adopt: async (fd) => facts(await statOpen(fd), (stats) => describe(fd, stats, false)),
    close: (fd) => closeFile(fd),
    write: (fd, parts) => writeFile(fd, parts),
    transfer,
    identifyOpen: async (fd) => facts(await statOpen(fd), identified),
    rename: renameFile,
    unlink: unlinkFile,
    stat: async (path) =>
      facts(await statFile(path), (s) => ({ isRegular: isRegular(s), size: s.size })),
    read: readRangeOf,
    identify: async (path) => facts(await statLog(path), identified),
    readPart: readPartOf,
    backups: findBackups,
    leftCompressions,
    openBackup,
    compress,
    removeLeft,
    isFile,
    diagnose,
    randomName,
    removeIdle,
  };
}

function facts<T>(
  stats: Result<FileStats, Errno>,
  tell: (stats: FileStats) => T,
): Result<T, Errno> {
  return stats.ok ? ok(tell(stats.value)) : stats;
}

/** The last diagnosis: one at a time, because they use Node's own calls, and with them a thread that others need. */
let diagnoses: Promise<unknown> = Promise.resolve();
/** Whether a diagnosis takes too long: then there is no other one until it has ended. */
let isDiagnosisLate = false;

async function diagnose(path: string, errno: Errno): ReturnType<LogFiles["diagnose"]> {
  const unknown = { ...UNKNOWN, component: path };
  if (!(await awaitAnswer(path)) || isDiagnosisLate) return unknown;
  const found = diagnoses.then(() => diagnosePath(path, errno)).catch(() => unknown);
  diagnoses = found;
  const inTime = await withinLimit(found, DIAGNOSIS_MS);
  if (inTime !== null) return inTime;
  isDiagnosisLate = true;
  void found.then(() => {
    isDiagnosisLate = false;
  });
  return unknown;
}

/** The diagnosis of a path that cannot be examined. */
const UNKNOWN = { problem: "unknown", owner: null, uid: process.geteuid?.() ?? 0 } as const;

async function openLog(path: string, options: OpenOptions): Promise<Result<OpenLog, Errno>> {
  // O_NONBLOCK: opening a FIFO without a reader fails with ENXIO rather than waiting. Regular files ignore it.
  let flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK;
  if (options.truncate) flags |= O_TRUNC;
  if (options.isPrivate) flags |= O_NOFOLLOW;
  if (options.isNew) flags |= O_EXCL;
  const { isPrivate } = options;
  const way = { flags, mode: isPrivate ? 0o600 : 0o666, isLocked: isPrivate };
  const { making } = options;
  const opened =
    making === undefined ? await openFile(path, way) : await openMade(path, way, making);
  if (!opened.ok) return opened;
  const { fd, nlink, uid, mtimeMs } = opened.value;
  const isOurs = uid === process.geteuid?.() || uid === making?.owner?.uid;
  if (isPrivate && (!isRegular(opened.value) || !isOurs || nlink > 1)) {
    await closeFile(fd);
    return err("EPERM");
  }
  const log = describe(fd, opened.value, true);
  const { flaw }: MadeLog = opened.value;
  return ok({ ...log, changedAt: Math.floor(mtimeMs), ...(flaw === undefined ? {} : { flaw }) });
}

function describe(fd: number, facts: FileStats, nonBlocking: boolean): OpenLog {
  const type = facts.mode & S_IFMT;
  if (type === S_IFREG) return { fd, kind: "regular", size: facts.size, burst: Infinity };
  const burst = nonBlocking ? Infinity : PIPE_BUF;
  if (type === S_IFIFO || type === S_IFSOCK) return { fd, kind: "stream", size: 0, burst };
  if (isatty(fd)) {
    return { fd, kind: "stream", size: 0, burst: nonBlocking ? Infinity : TERMINAL_BURST };
  }
  return { fd, kind: "device", size: 0, burst: Infinity };
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
    await closeFile(fd);
  }
}

/** As `LogFiles.readPart`. */
export async function readPartOf(path: string, part: FilePart): Promise<Result<Uint8Array, Errno>> {
  const opened = await openForReading(path);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  try {
    const { id, size, isRegular: isFile } = identified(opened.value);
    if (!isFile || id !== part.id) return err("ESTALE");
    const length = Math.max(0, Math.min(part.length, size - part.start));
    return length === 0 ? ok(new Uint8Array(0)) : await readFully(fd, part.start, length);
  } finally {
    await closeFile(fd);
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
    const rest = buffer.subarray(filled, filled + MAX_READ);
    const got = await readFile(fd, rest, start + filled);
    if (!got.ok) return got;
    if (got.value === 0) break;
    filled += got.value;
  }
  return ok(filled === length ? buffer : buffer.subarray(0, filled));
}

async function removeIdle(
  directory: string,
  baseOf: (name: string) => string | null,
): Promise<Result<readonly string[], Errno>> {
  const names = await listNames(directory, MOST_NAMES_OF_AUTO);
  if (!names.ok) return names;
  const failed: string[] = [];
  const inUse = new Set<string | null>();
  // Sorted: a log comes before its backups, which are not open.
  for (const name of [...names.value].sort()) {
    const base = baseOf(name);
    if (base === null || inUse.has(base)) continue;
    const path = join(directory, name);
    const removed = await unlinkIdleFile(path);
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

/** The numbers of posix/transfer.c. */
const MODES = { flood: 0, last: 1, once: 2 } as const;

/** One step of a transfer from a pipe: see posix/transfer.c. Both descriptors must stay open until it has ended. */
async function transfer({
  pipe,
  fd,
  room,
  mode,
  position,
  frame,
  unwrittenAt = -1,
}: TransferOrder): Promise<Transfer> {
  const [texts, numbers] = frame === null ? [] : textsOf(frame);
  const [moved, lost, errno, rest, taken, held = 0, isContinued = 0, newest] =
    await posix().transfer(pipe, fd, room, MODES[mode], position, unwrittenAt, texts, numbers);
  const lines =
    newest === undefined
      ? null
      : {
          newest: newest.subarray(newest.length - Math.min(taken, newest.length)),
          after: {
            held: newest.subarray(newest.length - held),
            isContinued: isContinued === 1,
          },
        };
  const failure = errno === 0 ? null : errnoName(errno);
  return { taken, moved, lost, errno: failure, rest: RESTS[rest] ?? "more", lines };
}

/** The texts of a frame, one after the other, and its numbers: as in posix/transfer.c. */
function textsOf(frame: LineFrame): readonly [Uint8Array, Float64Array] {
  const { before, head, lineEnd, cutEnd, mark, milliseconds, from, until } = frame;
  const texts = [before.held, head, lineEnd, cutEnd];
  const lengths = texts.map(({ length }) => length);
  const isEscaped = frame.isEscaped ? 1 : 0;
  const isContinued = before.isContinued ? 1 : 0;
  const rest = [mark ?? -1, milliseconds ?? -1, from, until, isEscaped, isContinued];
  return [joined(texts), Float64Array.from([...lengths, ...rest])];
}

/**
 * Identifies a file; rotation does not change the identity when it renames the file. The inode number of a removed file may be
 * reused at once; the birth time distinguishes both files, on file systems that record it.
 */
function identified(stats: FileStats): IdentifiedFile {
  const [high, low] = stats.inode;
  const inode = ((BigInt(high) << 32n) | BigInt(low)).toString(36);
  const made = Math.floor(stats.birthtimeMs).toString(36);
  return {
    isRegular: isRegular(stats),
    size: stats.size,
    changed: stats.mtimeMs,
    id: `${stats.dev.toString(36)}.${inode}.${made}`,
  };
}
