// Time on a real host: CLOCK_MONOTONIC for what is decided, the wall clock for what is shown, and one timer.

import { invariant } from "../../core/base/assert.ts";
import type { Clock } from "../../ports/clock.ts";

/** setTimeout takes no more than a signed 32-bit number of milliseconds, and fires at once when given more. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Creates the clock. The alarm keeps the event loop alive while it is armed. */
export function createClock(): Clock {
  let ring: (() => void) | null = null;
  let timer: NodeJS.Timeout | undefined;

  function arm(atMono: number): void {
    // Rounded up: a timer set for 1.2 ms fires after 1, which is too early. One that is due still goes through the loop.
    const left = Math.min(Math.max(Math.ceil(atMono - monotonic()), 0), LONGEST_TIMEOUT);
    timer = setTimeout(onTimer, left, atMono);
  }

  function onTimer(atMono: number): void {
    timer = undefined;
    // Node's timers count whole milliseconds of a clock that is read once per turn, so they may be early by a fraction.
    if (monotonic() < atMono) {
      arm(atMono);
      return;
    }
    invariant(ring !== null, "the alarm rang and nobody was registered");
    ring();
  }

  return {
    now: () => ({ mono: monotonic(), wall: Date.now() }),
    setAlarm(atMono) {
      clearTimeout(timer);
      timer = undefined;
      if (atMono !== null) arm(atMono);
    },
    onAlarm(registered) {
      ring = registered;
    },
  };
}

/** Milliseconds of CLOCK_MONOTONIC since the host started, the same in every process of the host (clock_gettime(2)). */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
