// The lines typed at a prompt, kept from one shell to the next.

import type { Result } from "../core/base/result.ts";

/** Errors are one sentence: what could not be done, with which file, why, and what to do. */
export interface History {
  /** Lines kept before, oldest first; none when there is no file yet. */
  load(): Result<readonly string[], string>;
  /** Adds lines to what is kept by now: shells that ended meanwhile have added theirs. */
  save(lines: readonly string[]): Result<null, string>;
}
