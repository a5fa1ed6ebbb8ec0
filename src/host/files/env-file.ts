// Reads the files of env_file, on libuv's thread pool, in the lane of their file system.

import type { Result } from "../../core/base/result.ts";
import { MOST_ENV_BYTES } from "../../core/config/limits.ts";
import type { Errno } from "../../ports/log-files.ts";
import { createLogFiles } from "./log-files.ts";

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
