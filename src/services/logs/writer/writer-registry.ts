// One writer per path, however many processes log to it: their output is then interleaved by chunks and rotated once.

import { ownDescriptor } from "../../../core/logs/log-path.ts";
import { LogWriter, type WriterDeps } from "./log-writer.ts";

export class WriterRegistry {
  /** One for all of them: a thousand programs have two thousand writers. */
  readonly #deps: WriterDeps;
  readonly #writers = new Map<string, LogWriter>();

  constructor(deps: Omit<WriterDeps, "onIdle">) {
    const { files, pipes, clock, pool, report, schedule, isHeld, isHalted } = deps;
    const onIdle = (idle: LogWriter): void => {
      const key = canonical(idle.path);
      if (this.#writers.get(key) === idle) this.#writers.delete(key);
    };
    this.#deps = { files, pipes, clock, pool, report, schedule, isHeld, isHalted, onIdle };
  }

  /** The writer of a path, made when there is none. Idle ones are forgotten. */
  get(path: string): LogWriter {
    const key = canonical(path);
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    const writer = new LogWriter(path, this.#deps);
    this.#writers.set(key, writer);
    return writer;
  }

  all(): readonly LogWriter[] {
    return [...this.#writers.values()];
  }
}

/** The names of the daemon's own descriptors are one log each. */
function canonical(path: string): string {
  const own = ownDescriptor(path);
  return own === null ? path : `descriptor ${own}`;
}
