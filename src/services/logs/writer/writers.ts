// The writers of all logs, one for each path.

import { aborted } from "../../../core/base/result.ts";
import { ownDescriptor } from "../../../core/logs/log-path.ts";
import type { PositionState, RestedLog } from "../../../core/snapshot/snapshot.ts";
import { LogWriter, type WriterDeps } from "./log-writer.ts";

/** Most closed logs whose positions are kept. */
const MOST_RESTED = 1024;

/** One writer per path, however many processes log to it: their output is interleaved by chunks, and the file is rotated once. */
export class WriterRegistry {
  /** One object for all writers: a thousand programs have two thousand writers. */
  readonly #deps: WriterDeps;
  readonly #writers = new Map<string, LogWriter>();
  /** Positions of closed logs by path, in the order in which they were closed. */
  readonly #rested = new Map<string, PositionState>();

  constructor(deps: Omit<WriterDeps, "onIdle">) {
    const onIdle = (idle: LogWriter): void => {
      const key = canonical(idle.path);
      if (this.#writers.get(key) !== idle) return;
      this.#writers.delete(key);
      if (idle.rest !== null) this.#remember(key, idle.rest);
    };
    this.#deps = { ...deps, onIdle };
  }

  /** The writer of a path, created if there is none. Idle writers are removed. */
  get(path: string): LogWriter {
    const key = canonical(path);
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    const writer = new LogWriter(path, this.#deps);
    this.#writers.set(key, writer);
    const rest = this.#rested.get(key);
    this.#rested.delete(key);
    if (rest !== undefined) writer.recall(rest);
    return writer;
  }

  /** The position of a log; null when its bytes are not counted. */
  position(path: string): PositionState | null {
    const key = canonical(path);
    return this.#writers.get(key)?.position ?? this.#rested.get(key) ?? null;
  }

  /** Logs that were closed, for the successor. */
  get rested(): readonly RestedLog[] {
    return Array.from(this.#rested, ([path, rest]) => ({ path, ...rest }));
  }

  /** Restores the closed logs of the predecessor. */
  restore(rested: readonly RestedLog[]): void {
    for (const { path, ...rest } of rested) this.#remember(path, rest);
  }

  #remember(key: string, rest: PositionState): void {
    this.#rested.set(key, rest);
    if (this.#rested.size <= MOST_RESTED) return;
    const [oldest = ""] = this.#rested.keys();
    this.#rested.delete(oldest);
  }

  all(): readonly LogWriter[] {
    return [...this.#writers.values()];
  }
}

/**
 * Waits until all output accepted so far by `writers` is written or dropped.
 * @returns the writers that took too long
 */
export async function written(
  writers: readonly LogWriter[],
  deadline?: AbortSignal,
): Promise<readonly LogWriter[]> {
  const waiting = new Set(writers);
  const all = writers.map((writer) => writer.barrier().then(() => void waiting.delete(writer)));
  if (deadline === undefined) await Promise.all(all);
  else await Promise.race([Promise.all(all), aborted(deadline)]);
  return [...waiting];
}

/** The key of a path: all names of one of the daemon's own descriptors have the same key. */
function canonical(path: string): string {
  const own = ownDescriptor(path);
  return own === null ? path : `descriptor ${own}`;
}
