// The logs that have output in memory, and their deadlines. One alarm serves all of them; it is armed only while output
// waits.

import type { Clock } from "../../../ports/clock.ts";

/** Memory in bytes that output of all logs together may take before nothing waits any more. */
export const WAITING_LIMIT = 16 << 20;
/**
 * When one log is due, those that are due within this part of their time go along: a hundred logs wake the daemon, and
 * the disk, ten times in an interval and not a hundred times.
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

  /** @param clock with an alarm that is not shared */
  constructor(clock: Clock) {
    this.#clock = clock;
    clock.onAlarm(() => this.#ring());
  }

  /** Has the log flushed when so much time is over, unless it waits already. */
  add(log: WaitingLog, afterMs: number): void {
    if (this.#deadlines.has(log)) return;
    const atMono = this.#clock.now().mono + afterMs;
    this.#deadlines.set(log, { atMono, slackMs: afterMs * TOGETHER });
    if (this.#armedAt === null || atMono < this.#armedAt) this.#arm(atMono);
  }

  /** Nothing of the log waits any more. */
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
