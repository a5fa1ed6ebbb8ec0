// A clock that moves only when a test moves it, and rings its alarm on the way.

import type { Instant } from "../../src/core/base/time.ts";
import type { Clock, WallAlarm } from "../../src/ports/clock.ts";

/** 2026-11-21 08:12:00 UTC. */
const FAKE_EPOCH_MS = 1_795_248_720_000;

interface Alarm {
  at: number | null;
  ring: () => void;
}

export class FakeClock implements Clock {
  #mono: number;
  #wallOffset: number;
  /** Of this clock, and of those that share its time. */
  readonly #own: Alarm = { at: null, ring: () => {} };
  readonly #alarms = [this.#own];
  #ringWall: ((wasSet: boolean) => void) | null = null;
  #wallAlarmAt: number | null = null;
  #tellsOfSets = false;
  /** The alarm on its wall clock. */
  readonly wallAlarm: WallAlarm = {
    set: (at) => {
      this.#wallAlarmAt = at;
      this.#tellsOfSets = at !== null;
    },
    onRing: (ring) => {
      this.#ringWall = ring;
    },
  };

  constructor(mono = 1_000_000) {
    this.#mono = mono;
    this.#wallOffset = FAKE_EPOCH_MS - mono;
  }

  now(): Instant {
    return { mono: this.#mono, wall: this.#mono + this.#wallOffset };
  }

  setAlarm(atMono: number | null): void {
    this.#own.at = atMono;
  }

  onAlarm(ring: () => void): void {
    this.#own.ring = ring;
  }

  /** A clock of the same time, with an alarm of its own. */
  share(): Clock {
    const alarm: Alarm = { at: null, ring: () => {} };
    this.#alarms.push(alarm);
    return {
      now: () => this.now(),
      setAlarm: (atMono) => {
        alarm.at = atMono;
      },
      onAlarm: (ring) => {
        alarm.ring = ring;
      },
    };
  }

  /** What the alarm on the wall clock is armed for, epoch milliseconds, or null. */
  get wallAlarmAt(): number | null {
    return this.#wallAlarmAt;
  }

  /** The earliest time for which an alarm is armed, or null. */
  get alarmAt(): number | null {
    const armed = this.#alarms.flatMap(({ at }) => at ?? []);
    return armed.length === 0 ? null : Math.min(...armed);
  }

  /** Lets time pass without ringing, as while the daemon is busy. */
  pass(ms: number): void {
    this.#mono += ms;
  }

  /** Moves the wall clock alone, as an administrator or NTP does. */
  shiftWall(ms: number): void {
    this.#wallOffset += ms;
    // The kernel tells it also between two times for which the alarm is armed.
    if (this.#tellsOfSets) this.#ringWallAlarm(true);
  }

  /** Rings each alarm that is due; it rings once per arming. @returns whether one rang */
  ringIfDue(): boolean {
    const { mono, wall } = this.now();
    const isWallDue = this.#wallAlarmAt !== null && this.#wallAlarmAt <= wall;
    if (isWallDue) this.#ringWallAlarm(false);
    const due = this.#alarms.filter(({ at }) => at !== null && at <= mono);
    for (const alarm of due) {
      alarm.at = null;
      alarm.ring();
    }
    return isWallDue || due.length > 0;
  }

  /** Lets time pass and rings at each moment an alarm is armed for. `settle` runs after each ring. */
  advance(ms: number, settle: () => void = () => {}): void {
    const end = this.#mono + ms;
    for (let next = this.nextRing; next !== null && next <= end; next = this.nextRing) {
      this.#mono = Math.max(this.#mono, next);
      this.ringIfDue();
      settle();
    }
    this.#mono = end;
  }

  /** When the first alarm rings, monotonic milliseconds; null for never. */
  get nextRing(): number | null {
    const wall = this.#wallAlarmAt === null ? null : this.#wallAlarmAt - this.#wallOffset;
    const { alarmAt } = this;
    if (wall === null || alarmAt === null) return wall ?? alarmAt;
    return Math.min(wall, alarmAt);
  }

  /** As the kernel's, it stays armed when it tells that the clock was set. */
  #ringWallAlarm(wasSet: boolean): void {
    if (!wasSet) this.#wallAlarmAt = null;
    this.#ringWall?.(wasSet);
  }
}
