// The number of threads in libuv's pool, for operations that would block the main thread. libuv creates the threads at the
// first operation; an environment variable sets their number, four by default.

import { fstat } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { posix } from "../posix.ts";

const VARIABLE = "UV_THREADPOOL_SIZE";
const DEFAULT_THREADS = 4;
/** Enough while four file systems and the name services do not answer. An idle thread takes eight kilobytes. */
const DAEMON_THREADS = 29;

let threads = DEFAULT_THREADS;

/** The number of threads in the pool. */
export function poolThreads(): number {
  return threads;
}

/**
 * Creates the threads of a daemon. Must be called before anything else uses the pool. Restores the environment variable,
 * because programs inherit the environment. If processes are limited, half of the remaining number is left to programs.
 * @returns the reason if too few threads can be created: libuv would end the process without a message
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
