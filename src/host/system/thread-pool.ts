// libuv's threads. The daemon uses them for what may wait outside a file system: lookups of accounts and host names, compression,
// and operations of Node itself. Files have threads of their own (files/file-calls.ts).

import { fstat } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { posix } from "../posix.ts";
import { CHECK_LOOKUPS_AT_ONCE, LOOKUPS_AT_ONCE } from "./accounts.ts";

/** Sets the number of threads in libuv's pool, which libuv creates at the first operation. */
const VARIABLE = "UV_THREADPOOL_SIZE";
const DEFAULT_THREADS = 4;
/** Enough while the name services do not answer: two lookups of accounts, two of host names, four for checks; and three for all else. */
const DAEMON_THREADS = 2 * LOOKUPS_AT_ONCE + CHECK_LOOKUPS_AT_ONCE + 3;

/**
 * Creates the threads of a daemon. Must be called before anything else uses the pool. Restores the environment variable,
 * because programs inherit the environment. If processes are limited, half of the remaining number is left to programs.
 * @returns the reason if too few threads can be created: libuv would end the process without a message
 */
export function startThreadPool(): Result<true, string> {
  const possible = posix().countThreads(2 * DAEMON_THREADS);
  if (possible < DEFAULT_THREADS) return err(tooFew(possible));
  const before = process.env[VARIABLE];
  const threads = Math.min(DAEMON_THREADS, Math.max(DEFAULT_THREADS, Math.floor(possible / 2)));
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
