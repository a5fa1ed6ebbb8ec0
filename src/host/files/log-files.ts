// Log files on raw descriptors. Every call but the cleaning of AUTO files runs on libuv's thread pool, so that a slow
// disk holds up one log and not supervision.

import * as fs from "node:fs";
import { join } from "node:path";
import { isatty } from "node:tty";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, FileFacts, LogFiles, OpenOptions, Sink } from "../../ports/log-files.ts";
import { codeOf } from "../error-code.ts";
import { attempt, settle } from "./attempt.ts";
import { openForLog, renameLog, unlinkLog } from "./guarded-log.ts";
import { diagnosePath } from "./path-diagnosis.ts";
import { transfer } from "./transfer.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_TRUNC, O_WRONLY } = fs.constants;
/** POSIX: a pipe that is ready for writing takes this much. */
const PIPE_BUF = 4096;
/** A ready terminal may have less room than a pipe. */
const TERMINAL_BURST = 512;
const RANDOM_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_";
const RANDOM_LENGTH = 8;
/** Random bytes fetched at once: a thousand programs are named in one go. */
const RANDOM_STOCK = 4096;
const EVEN_BYTES = 256 - (256 % RANDOM_CHARACTERS.length);
/** One read call returns at most 2 GiB less a page. */
const MAX_READ = 1 << 30;

/** The real files. */
export function createLogFiles(): LogFiles {
  return {
    open: openLog,
    adopt: (fd) => guard(() => describe(fd, fs.fstatSync(fd), false)),
    close: (fd) => new Promise((resolve) => fs.close(fd, () => resolve())),
    write: writeParts,
    transfer,
    size: async (fd) => {
      const facts = await attempt<fs.Stats>((done) => fs.fstat(fd, done));
      return facts.ok ? ok(facts.value.size) : facts;
    },
    truncate: (fd) => settle((done) => fs.ftruncate(fd, 0, done)),
    rename: renameLog,
    unlink: unlinkLog,
    stat: async (path) => {
      const facts = await attempt<fs.Stats>((done) => fs.stat(path, done));
      return facts.ok ? ok(factsOf(facts.value)) : facts;
    },
    read: readRangeOf,
    diagnose: diagnosePath,
    randomName,
    removeMatching,
  };
}

async function openLog(path: string, options: OpenOptions): Promise<Result<Sink, Errno>> {
  // O_NONBLOCK: opening a FIFO without a reader fails with ENXIO rather than waiting. Regular files ignore it.
  let flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK;
  if (options.truncate) flags |= O_TRUNC;
  if (options.isPrivate) flags |= O_NOFOLLOW;
  if (options.isNew) flags |= O_EXCL;
  const opened = await openForLog(path, flags, options.isPrivate ? 0o600 : 0o666);
  if (!opened.ok) return opened;
  const facts = await attempt<fs.Stats>((done) => fs.fstat(opened.value, done));
  const foreign = options.isPrivate && facts.ok && (!isOurs(facts.value) || facts.value.nlink > 1);
  if (!facts.ok || foreign) {
    await new Promise<void>((resolve) => fs.close(opened.value, () => resolve()));
    return facts.ok ? err("EPERM") : facts;
  }
  return ok(describe(opened.value, facts.value, true));
}

function describe(fd: number, facts: fs.Stats, nonBlocking: boolean): Sink {
  if (facts.isFile()) return { fd, kind: "regular", size: facts.size, burst: Infinity };
  const burst = nonBlocking ? Infinity : PIPE_BUF;
  if (facts.isFIFO() || facts.isSocket()) return { fd, kind: "stream", size: 0, burst };
  if (isatty(fd)) {
    return { fd, kind: "stream", size: 0, burst: nonBlocking ? Infinity : TERMINAL_BURST };
  }
  return { fd, kind: "device", size: 0, burst: Infinity };
}

function isOurs(facts: fs.Stats): boolean {
  return facts.isFile() && facts.uid === process.geteuid?.();
}

function factsOf(facts: fs.Stats): FileFacts {
  return { isRegular: facts.isFile(), size: facts.size };
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
  const opened = await openForLog(path, fs.constants.O_RDONLY | O_NONBLOCK);
  if (!opened.ok) return opened;
  const fd = opened.value;
  try {
    const facts = await attempt<fs.Stats>((done) => fs.fstat(fd, done));
    if (!facts.ok) return facts;
    if (!facts.value.isFile()) return err(facts.value.isDirectory() ? "EISDIR" : "ESPIPE");
    const range = choose(facts.value.size);
    return range === null ? err("EINVAL") : await readFully(fd, range.start, range.length);
  } finally {
    await new Promise<void>((resolve) => fs.close(fd, () => resolve()));
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
    // Bytes beyond the last whole multiple are passed over, or the first characters would be likelier than the rest.
    if (byte < EVEN_BYTES) name += RANDOM_CHARACTERS.charAt(byte % RANDOM_CHARACTERS.length);
  }
  return name;
}

/** From the kernel, without loading node:crypto, which is a megabyte of memory. Never short of bytes (random(4)). */
function fillRandom(bytes: Uint8Array): void {
  const fd = fs.openSync("/dev/urandom", "r");
  try {
    fs.readSync(fd, bytes);
  } finally {
    fs.closeSync(fd);
  }
}

function removeMatching(
  directory: string,
  matches: (name: string) => boolean,
): Result<readonly string[], Errno> {
  const names = guard(() => fs.readdirSync(directory));
  if (!names.ok) return names;
  const failed: string[] = [];
  for (const name of names.value) {
    if (!matches(name)) continue;
    const path = join(directory, name);
    const facts = guard(() => fs.lstatSync(path));
    if (!facts.ok || !isOurs(facts.value)) continue;
    const removed = guard(() => fs.unlinkSync(path));
    if (!removed.ok && removed.error !== "ENOENT") failed.push(path);
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
