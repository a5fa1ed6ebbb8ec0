// The logs that have output in memory, and their deadlines. One alarm serves all of them. It is armed only while output waits.

import type { Clock } from "../../../ports/clock.ts";

/** Bytes of memory that the output of all logs together may take. Above that, no output waits. */
export const WAITING_LIMIT = 16 << 20;
/**
 * When one log is due, logs that are due within this part of their interval are flushed too: a hundred logs wake the daemon and
 * the disk ten times in an interval, not a hundred times.
 */
const TOGETHER = 1 / 10;

/** A log whose output waits. */
interface WaitingLog {
  flush(): void;
}

interface Deadline {
  readonly atMono: number;
  readonly slackMs: number;
}

export class FlushSchedule {
  readonly #clock: Clock;
  readonly #deadlines = new Map<WaitingLog, Deadline>();
  #armedAt: number | null = null;

  /** @param clock its alarm must not be shared */
  constructor(clock: Clock) {
    this.#clock = clock;
    clock.onAlarm(() => this.#ring());
  }

  /** Flushes the log after so many milliseconds, unless it waits already. */
  add(log: WaitingLog, afterMs: number): void {
    if (this.#deadlines.has(log)) return;
    const atMono = this.#clock.now().mono + afterMs;
    this.#deadlines.set(log, { atMono, slackMs: afterMs * TOGETHER });
    if (this.#armedAt === null || atMono < this.#armedAt) this.#arm(atMono);
  }

  /** The log has no output that waits any more. */
  remove(log: WaitingLog): void {
    if (this.#deadlines.delete(log) && this.#deadlines.size === 0) this.#arm(null);
  }

  #ring(): void {
    const now = this.#clock.now().mono;
    this.#armedAt = null;
    let next: number | null = null;
    for (const [log, { atMono, slackMs }] of this.#deadlines) {
      if (atMono - slackMs <= now) {
        this.#deadlines.delete(log);
        log.flush();
      } else if (next === null || atMono < next) next = atMono;
    }
    this.#arm(next);
  }

  #arm(atMono: number | null): void {
    if (this.#armedAt === null && atMono === null) return;
    this.#armedAt = atMono;
    this.#clock.setAlarm(atMono);
  }
}
