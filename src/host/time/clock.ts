// Time on a real host: CLOCK_MONOTONIC for decisions, the wall clock for display, and one timer.

import { invariant } from "../../core/base/result.ts";
import type { Clock } from "../../ports/clock.ts";

/** setTimeout takes no more than a signed 32-bit number of milliseconds, and fires at once when given more. */
export const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Creates the clock. The alarm keeps the event loop alive while it is armed. */
export function createClock(): Clock {
  let ring: (() => void) | null = null;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let armedFor = Number.POSITIVE_INFINITY;

  function arm(): void {
    // Rounded up: a timer set for 1.2 ms fires after 1, which is too early. One that is due still goes through the loop.
    const left = Math.min(Math.max(Math.ceil(dueAt - monotonic()), 0), LONGEST_TIMEOUT);
    armedFor = dueAt;
    timer = setTimeout(onTimer, left);
  }

  function onTimer(): void {
    timer = undefined;
    // Early where the alarm was put off, and by a fraction: Node's timers count whole milliseconds of a clock that is read
    // once per turn.
    if (monotonic() < dueAt) {
      arm();
      return;
    }
    invariant(ring !== null, "the alarm fired without a registered callback");
    ring();
  }

  return {
    now: () => ({ mono: monotonic(), wall: Date.now() }),
    setAlarm(atMono) {
      dueAt = atMono ?? Number.POSITIVE_INFINITY;
      // A thousand starts put it off a thousand times: one early ring costs less than as many timers.
      if (timer !== undefined && atMono !== null && armedFor <= atMono) return;
      clearTimeout(timer);
      timer = undefined;
      if (atMono !== null) arm();
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
