// A clock that moves only when a test moves it, and rings its alarm on the way.

import type { Instant } from "../../src/core/base/time.ts";
import type { Clock } from "../../src/ports/clock.ts";

/** 2026-11-21 08:12:00 UTC. */
const FAKE_EPOCH_MS = 1_795_248_720_000;

export class FakeClock implements Clock {
  #mono: number;
  #wallOffset: number;
  #ring: (() => void) | null = null;
  #alarmAt: number | null = null;

  constructor(mono = 1_000_000) {
    this.#mono = mono;
    this.#wallOffset = FAKE_EPOCH_MS - mono;
  }

  now(): Instant {
    return { mono: this.#mono, wall: this.#mono + this.#wallOffset };
  }

  setAlarm(atMono: number | null): void {
    this.#alarmAt = atMono;
  }

  onAlarm(ring: () => void): void {
    this.#ring = ring;
  }

  /** What the alarm is armed for, or null. */
  get alarmAt(): number | null {
    return this.#alarmAt;
  }

  /** Lets time pass without ringing, as while the daemon is busy. */
  pass(ms: number): void {
    this.#mono += ms;
  }

  /** Moves the wall clock alone, as an administrator or NTP does. */
  shiftWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Rings if the alarm is due; it rings once per arming. @returns whether it rang */
  ringIfDue(): boolean {
    if (this.#alarmAt === null || this.#alarmAt > this.#mono) return false;
    this.#alarmAt = null;
    this.#ring?.();
    return true;
  }

  /** Lets time pass and rings at each moment the alarm is armed for. `settle` runs after each ring. */
  advance(ms: number, settle: () => void = () => {}): void {
    const end = this.#mono + ms;
    while (this.#alarmAt !== null && this.#alarmAt <= end) {
      this.#mono = Math.max(this.#mono, this.#alarmAt);
      this.ringIfDue();
      settle();
    }
    this.#mono = end;
  }
}
