// Wraps Node's callback functions so that failures are results.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { codeOf } from "../error-code.ts";

type Callback<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/** Calls a function of Node; its error is a value. */
export function attempt<T>(start: (done: Callback<T>) => void): Promise<Result<T, Errno>> {
  return new Promise((resolve) => {
    try {
      start((error, value) => resolve(error === null ? ok(value) : err(codeOf(error))));
    } catch (error) {
      // Node throws rather than calls back for arguments that no system call takes, such as a path with a NUL.
      resolve(err(codeOf(error)));
    }
  });
}

/** As `attempt`, for a function without a result. */
export function settle(
  start: (done: (error: NodeJS.ErrnoException | null) => void) => void,
): Promise<Result<true, Errno>> {
  return attempt<true>((done) => start((error) => done(error, true)));
}
