// Writes a support bundle: atomically, readable only by its owner, and never over an unrelated file.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { gunzipSync, gzipSync, constants as zlib } from "node:zlib";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { codeOf } from "../../host/error-code.ts";
import { type BundleSource, bundleTexts } from "../bundle/bundle.ts";

const FOLDER = "tsv-bundle";
const FIRST = `${FOLDER}/README.txt`;

/** The written bundle. */
interface WrittenBundle {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  /** Names in the archive, without its directory. */
  readonly names: readonly string[];
}

/**
 * Collects, redacts and writes the texts. The error message contains the reason and what to do.
 * @param path of the archive, relative to the working directory; an existing bundle is replaced
 */
export function writeBundle(path: string, source: BundleSource): Result<WrittenBundle, string> {
  const target = resolve(path);
  const refusal = whyNotThere(target);
  if (refusal !== null) return err(refusal);
  const texts = bundleTexts(source);
  const entries = texts.map(({ name, text }) => ({
    name: `${FOLDER}/${name}`,
    bytes: new TextEncoder().encode(text),
    mode: 0o600,
    modifiedMs: source.situation.nowMs,
  }));
  const bytes = gzipSync(tar(entries));
  try {
    writeBeside(target, bytes);
  } catch (error) {
    if (codeOf(error) === "EEXIST")
      return err(`${target} already exists and is not a bundle of tsv`);
    return err(`${target} cannot be written: ${reasonOf(error)}`);
  }
  return ok({ path: target, bytes: bytes.length, names: texts.map(({ name }) => name) });
}

/** Errors that are known before collecting. */
function whyNotThere(target: string): string | null {
  const directory = dirname(target);
  try {
    if (!statSync(directory).isDirectory()) return `${directory} is not a directory`;
  } catch (error) {
    return `${directory} cannot be used: ${codeOf(error)}; use a file in an existing directory`;
  }
  try {
    const found = lstatSync(target);
    if (found.isDirectory()) return `${target} is a directory; use a file in it`;
    if (!found.isFile()) return `${target} is a symlink or a device; use a new file`;
  } catch {
    return null;
  }
  if (isBundle(target)) return null;
  return `${target} already exists and is not a bundle of tsv; use another file`;
}

/** A file of this user that begins like a bundle. */
function isBundle(path: string): boolean {
  let fd: number | null = null;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = fstatSync(fd);
    if (!found.isFile() || found.uid !== process.geteuid?.()) return false;
    const head = new Uint8Array(4096);
    const length = readSync(fd, head);
    const options = { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 1 << 20 };
    const text = gunzipSync(head.subarray(0, length), options);
    return text.subarray(0, FIRST.length).toString("latin1") === FIRST;
  } catch {
    return false;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** A temporary file gets its name: by renaming over a bundle, otherwise by linking, which never replaces a file. */
function writeBeside(target: string, bytes: Uint8Array): void {
  const fresh = join(
    dirname(target),
    `.${basename(target)}.tsv-new-${randomBytes(6).toString("hex")}`,
  );
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(fresh, flags, 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
    if (isBundle(target)) renameSync(fresh, target);
    else placeNew(fresh, target);
  } finally {
    closeSync(fd);
    rmSync(fresh, { force: true });
  }
}

function placeNew(fresh: string, target: string): void {
  try {
    linkSync(fresh, target);
  } catch (error) {
    // vfat and similar file systems have no hard links: there, check once more whether the file exists.
    if (codeOf(error) !== "EPERM" && codeOf(error) !== "ENOTSUP") throw error;
    closeSync(openSync(target, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
    renameSync(fresh, target);
  }
}

/** "permission denied", without Node's error code and system call. */
function reasonOf(error: unknown): string {
  return thrownMessage(error).replace(/^E[A-Z]+: ([^,]+),.*$/s, "$1");
}

/** One file of an archive. */
interface TarEntry {
  /** Relative, with slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly modifiedMs: number;
}

const BLOCK = 512;
/** Offsets and lengths of header fields. */
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const UID = [108, 8] as const;
const GID = [116, 8] as const;
const SIZE = [124, 12] as const;
const TIME = [136, 12] as const;
const SUM = [148, 8] as const;
const TYPE = [156, 1] as const;
const MAGIC = [257, 8] as const;
const USER = [265, 32] as const;
const GROUP = [297, 32] as const;

/** The whole archive. */
export function tar(entries: readonly TarEntry[]): Uint8Array {
  const pieces = entries.flatMap((entry) => [...longName(entry), ...file(entry, "0")]);
  return concat([...pieces, new Uint8Array(2 * BLOCK)]);
}

/** A name that is too long or not ASCII goes into an extended header before that of the file. */
function longName(entry: TarEntry): readonly Uint8Array[] {
  const name = encode(entry.name);
  if (name.length <= NAME[1] && /^[\x20-\x7e]*$/.test(entry.name)) return [];
  const bytes = paxRecord("path", entry.name);
  return file({ ...entry, name: "PaxHeader", bytes }, "x");
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = encode(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return concat([encode(String(length)), rest]);
}

function file({ name, bytes, mode, modifiedMs }: TarEntry, type: string): readonly Uint8Array[] {
  const header = new Uint8Array(BLOCK);
  const put = (text: string, [at, length]: readonly [number, number]): void => {
    header.set(encode(text).subarray(0, length), at);
  };
  const octal = (value: number, field: readonly [number, number]): void => {
    put(`${value.toString(8).padStart(field[1] - 1, "0")}\0`, field);
  };
  put(name, NAME);
  octal(mode, MODE);
  octal(0, UID);
  octal(0, GID);
  octal(bytes.length, SIZE);
  octal(Math.floor(modifiedMs / 1000), TIME);
  put(type, TYPE);
  put("ustar\x0000", MAGIC);
  put("root", USER);
  put("root", GROUP);
  put(" ".repeat(SUM[1]), SUM);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, SUM);
  return [header, bytes, new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
