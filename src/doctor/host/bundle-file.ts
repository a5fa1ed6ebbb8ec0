// Writes a support bundle: readable only by its owner, and never over another file.

import { closeSync, constants, fsyncSync, openSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { err, ok, thrownMessage } from "../../core/base/result.ts";
import { codeOf } from "../../host/error-code.ts";
import { bundleTexts } from "../bundle/bundle.ts";
import type { Examined } from "../checks/examine.ts";

const FOLDER = "tsv-bundle";

/**
 * Collects, redacts and writes the texts. The error message contains the reason and what to do.
 * @param path of the archive, relative to the working directory; nothing may exist there
 * @returns the absolute path, the size, and the names in the archive without its directory
 */
export function writeBundle(path: string, source: Examined) {
  const target = resolve(path);
  let fd: number | null = null;
  let isWritten = false;
  try {
    const texts = bundleTexts(source);
    const entries = texts.map(({ name, text }) => ({
      name: `${FOLDER}/${name}`,
      bytes: new TextEncoder().encode(text),
      modifiedMs: source.facts.nowMs,
    }));
    const bytes = gzipSync(tar(entries));
    fd = openSync(target, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    writeFileSync(fd, bytes);
    fsyncSync(fd);
    isWritten = true;
    return ok({ path: target, bytes: bytes.length, names: texts.map(({ name }) => name) });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return err(`${target} already exists; use another file`);
    return err(`${target} cannot be written: ${reasonOf(error)}`);
  } finally {
    if (fd !== null) closeSync(fd);
    if (fd !== null && !isWritten) rmSync(target, { force: true });
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
  readonly modifiedMs: number;
}

const BLOCK = 512;
const LONGEST_NAME = 100;

/** A whole archive in the pax format of POSIX.1-2001, whose files only their owner can read. */
export function tar(entries: readonly TarEntry[]): Uint8Array {
  const members = entries.flatMap((entry) => {
    const isPlain = /^[\x20-\x7e]*$/.test(entry.name) && entry.name.length <= LONGEST_NAME;
    // A name that is too long or not ASCII is in an extended header before the file.
    const bytes = paxRecord("path", entry.name);
    const extended = isPlain ? [] : member({ ...entry, name: "PaxHeader", bytes }, "x");
    return [...extended, ...member(entry, "0")];
  });
  return Buffer.concat([...members, Buffer.alloc(2 * BLOCK)]);
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes;
  while (String(length).length + bytes !== length) length = String(length).length + bytes;
  return Buffer.from(`${length}${rest}`);
}

/** Header and contents, in whole blocks. */
function member({ name, bytes, modifiedMs }: TarEntry, type: "0" | "x"): readonly Uint8Array[] {
  const header = (sum: string): Buffer =>
    Buffer.concat([
      field(name, LONGEST_NAME),
      field(octal(0o600, 7), 8),
      field(octal(0, 7), 8), // uid
      field(octal(0, 7), 8), // gid
      field(octal(bytes.length, 11), 12),
      field(octal(Math.floor(modifiedMs / 1000), 11), 12),
      field(sum, 8),
      field(type, 1),
      field("", 100), // target of a link
      field("ustar\x0000", 8),
      field("root", 32), // user
      field("root", 32), // group
      field("", BLOCK - 329),
    ]);
  // The sum of all bytes, in which its own field counts as blanks.
  const sum = header(" ".repeat(8)).reduce((total, byte) => total + byte, 0);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  return [header(`${octal(sum, 6)}\0 `), bytes, padding];
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** A text, cut off or followed by zeros. */
function field(text: string, length: number): Buffer {
  return Buffer.concat([Buffer.from(text)], length);
}
