// The logs that are rotated by time, and the wall-clock alarm for the end of their periods. The alarm is armed only while there
// are such logs. Setting the clock forward by years rotates a log once; setting it back does not rotate it.

import type { RotationPeriod } from "../../../core/config/value-types.ts";
import { nextPeriod, type OffsetMinutes, periodStart } from "../../../core/logs/periods.ts";
import type { WallAlarm } from "../../../ports/wall-alarm.ts";

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
