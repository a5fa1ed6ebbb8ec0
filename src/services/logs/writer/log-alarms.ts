// When logs are due: the output of some waits in memory for a flush, and some are rotated by time. One alarm serves all logs of
// each kind.

import type { RotationPeriod } from "../../../core/config/value-types.ts";
import { nextPeriod, type OffsetMinutes, periodStart } from "../../../core/logs/calendar.ts";
import type { Clock, WallAlarm } from "../../../ports/clock.ts";

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

/** The logs that have output in memory, and their deadlines. One alarm serves all of them. It is armed only while output waits. */
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

/** An open log. */
interface TimedLog {
  /** Called when the period may be over, or the clock was set. */
  periodChanged(): void;
}

interface RotationClockDeps {
  readonly alarm: WallAlarm;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly offset: OffsetMinutes;
}

/**
 * The logs that are rotated by time, and the wall-clock alarm for the end of their periods. The alarm is armed only while there
 * are such logs. Setting the clock forward by years rotates a log once; setting it back does not rotate it.
 */
export class RotationClock {
  readonly #deps: RotationClockDeps;
  readonly #logs = new Map<TimedLog, RotationPeriod>();
  #armedAt: number | null = null;

  constructor(deps: RotationClockDeps) {
    this.#deps = deps;
    deps.alarm.onRing(() => this.#ring());
  }

  /** The beginning of the current period, epoch milliseconds. */
  start(period: RotationPeriod): number {
    return periodStart(period, this.#deps.now(), this.#deps.offset);
  }

  /** The beginning of the period that contains `wallMs`, or of the current one if `wallMs` is in the future. */
  startOf(period: RotationPeriod, wallMs: number): number {
    const { now, offset } = this.#deps;
    return periodStart(period, Math.min(wallMs, now()), offset);
  }

  add(log: TimedLog, period: RotationPeriod): void {
    this.#logs.set(log, period);
    const { now, offset } = this.#deps;
    const at = nextPeriod(period, now(), offset);
    if (this.#armedAt === null || at < this.#armedAt) this.#arm(at);
  }

  remove(log: TimedLog): void {
    if (this.#logs.delete(log) && this.#logs.size === 0) this.#arm(null);
  }

  /** Removes all logs and disarms the alarm. */
  close(): void {
    this.#logs.clear();
    this.#arm(null);
  }

  #ring(): void {
    this.#armedAt = null;
    for (const log of [...this.#logs.keys()]) log.periodChanged();
    const { now, offset } = this.#deps;
    const next = [...new Set(this.#logs.values())].map((each) => nextPeriod(each, now(), offset));
    this.#arm(next.length === 0 ? null : Math.min(...next));
  }

  #arm(at: number | null): void {
    if (this.#armedAt === at) return;
    this.#armedAt = at;
    this.#deps.alarm.set(at);
  }
}
