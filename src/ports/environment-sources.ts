// Sources of variables for programs: files, and the output of commands.

import type { Result } from "../core/base/result.ts";
import type { EnvCommand, EnvCommandOutcome } from "../core/environment/env-command.ts";
import type { Errno } from "./log-files.ts";

export interface EnvironmentSources {
  /**
   * Reads a plain file of at most MOST_ENV_BYTES, as the daemon's user, without waiting on this thread. As root it follows no
   * symlink of a user to what is not that user's. Settles when the file system answers, possibly never.
   * @returns an error of the system, or ESPIPE for what is no plain file, EFBIG for one that is too large, ELOOP for such a link,
   * EMLINK for links that lead in a circle, EBUSY when very much waits for that file system
   */
  readFile(path: string): Promise<Result<Uint8Array, Errno>>;
  /**
   * Runs a command until it exits, or its process group is killed at its limit.
   * @param done called once, later, unless it is cancelled
   * @param gone called once, when no child of it is left, also if it was cancelled
   * @returns cancels it, and kills its processes
   */
  runCommand(
    command: EnvCommand,
    done: (outcome: EnvCommandOutcome) => void,
    gone: () => void,
  ): () => void;
  /** The value of a promise, or null after the limit. */
  withinLimit<T>(work: Promise<T>, limitMs: number): Promise<T | null>;
}
