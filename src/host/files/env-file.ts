// Reads files of variables: the daemon on libuv's thread pool, in the lane of their file system; commands at once. Both open them
// as posix/guarded.c allows it.

import { err, ok, type Result } from "../../core/base/result.ts";
import { MOST_ENV_BYTES } from "../../core/config/limits.ts";
import type { Errno } from "../../ports/log-files.ts";
import { errnoName, posix } from "../posix.ts";
import { createLogFiles } from "./log-files.ts";
import { readPlainFile } from "./read-plain.ts";

const files = createLogFiles();

/** See `EnvironmentSources`. */
export async function readEnvFile(path: string): Promise<Result<Uint8Array, Errno>> {
  let isTooLarge = false;
  const read = await files.read(path, (size) => {
    isTooLarge = size > MOST_ENV_BYTES;
    return isTooLarge ? null : { start: 0, length: size };
  });
  return isTooLarge ? { ok: false, error: "EFBIG" } : read;
}

/** The same for those who may wait: see `ConfigWorld`. */
export function readEnvFileNow(path: string): Result<Uint8Array, Errno> {
  if (path.includes("\0")) return err("EINVAL");
  const read = readPlainFile(path, MOST_ENV_BYTES, openGuarded);
  return read.ok ? ok(read.value) : err(read.error.code);
}

function openGuarded(path: string, flags: number): number {
  const fd = posix().openLogNow(path, flags);
  if (fd >= 0) return fd;
  throw Object.assign(new Error("open"), { code: errnoName(fd) });
}
