// The number of threads in libuv's pool, for operations that would block the main thread. libuv creates them at the first
// operation; an environment variable gives their number, four by default.

import { fstat } from "node:fs";

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
 * programs inherit it.
 */
export function startThreadPool(): void {
  const before = process.env[VARIABLE];
  threads = DAEMON_THREADS;
  process.env[VARIABLE] = String(DAEMON_THREADS);
  fstat(0, () => {});
  if (before === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = before;
}
