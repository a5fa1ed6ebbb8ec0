// The number of threads in libuv's pool, for operations that would block the main thread. libuv creates them at the first
// operation; an environment variable gives their number, four by default.

import { fstat } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { posix } from "../posix.ts";

const VARIABLE = "UV_THREADPOOL_SIZE";
const DEFAULT_THREADS = 4;
/** Enough for four file systems and for name services that answer no more. A thread that has nothing to do costs eight kilobytes. */
const DAEMON_THREADS = 29;

let threads = DEFAULT_THREADS;

/** Threads of the pool. */
export function poolThreads(): number {
  return threads;
}

/**
 * Makes the threads of a daemon. To be called before anything else uses them. The environment is as it was afterwards:
 * programs inherit it. Where processes are limited, half of what is left is for programs.
 * @returns why there cannot be enough threads: libuv ends the process then, without a word
 */
export function startThreadPool(): Result<true, string> {
  const possible = posix().countThreads(2 * DAEMON_THREADS);
  if (possible < DEFAULT_THREADS) return err(tooFew(possible));
  const before = process.env[VARIABLE];
  threads = Math.min(DAEMON_THREADS, Math.max(DEFAULT_THREADS, Math.floor(possible / 2)));
  process.env[VARIABLE] = String(threads);
  fstat(0, () => {});
  if (before === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = before;
  return ok(true);
}

function tooFew(possible: number): string {
  return (
    `too few processes and threads are allowed here: tsv needs ${DEFAULT_THREADS} more threads, and gets ${possible}. ` +
    "Raise the limit: docker run --pids-limit, TasksMax= of systemd, or ulimit -u"
  );
}
