// Writes what somebody who is to help needs into one archive: whole or not at all, readable by its owner alone, and never
// over a file that is none of ours.

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
import { err, ok, type Result } from "../../core/base/result.ts";
import { thrownMessage } from "../../core/base/thrown.ts";
import { codeOf } from "../../host/error-code.ts";
import { type BundleSource, bundleTexts } from "../bundle/bundle.ts";
import { tar } from "./tar.ts";

const FOLDER = "tsv-bundle";
const FIRST = `${FOLDER}/README.txt`;

/** What was written. */
export interface WrittenBundle {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  /** Names in the archive, without its folder. */
  readonly names: readonly string[];
}

/**
 * Gathers, redacts and writes. The error says what is in the way and what to do.
 * @param path of the archive, relative to the working directory; an earlier bundle there is replaced
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
      return err(`${target} exists already, and is no bundle of tsv's`);
    return err(`${target} cannot be written: ${thrownMessage(error)}`);
  }
  return ok({ path: target, bytes: bytes.length, names: texts.map(({ name }) => name) });
}

/** Said before anything is gathered. */
function whyNotThere(target: string): string | null {
  const directory = dirname(target);
  try {
    if (!statSync(directory).isDirectory()) return `${directory} is no directory`;
  } catch (error) {
    return `${directory} cannot be used: ${codeOf(error)}; name a file in a directory that is there`;
  }
  try {
    const found = lstatSync(target);
    if (found.isDirectory()) return `${target} is a directory; name a file in it`;
    if (!found.isFile())
      return `${target} is a link or a device; name a file that is not there yet`;
  } catch {
    return null;
  }
  if (isBundle(target)) return null;
  return `${target} exists already, and is no bundle of tsv's; name another file`;
}

/** A file of this user that begins as ours do. */
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

/** A new file beside it takes its name: over a bundle by renaming, elsewhere by linking, which replaces nothing. */
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
    // vfat and the like have no links; there a file of that name is asked for once more.
    if (codeOf(error) !== "EPERM" && codeOf(error) !== "ENOTSUP") throw error;
    closeSync(openSync(target, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
    renameSync(fresh, target);
  }
}
