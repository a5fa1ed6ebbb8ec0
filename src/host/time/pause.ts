// Pauses on Node's timers.

import type { Repeater, StartPause } from "../../ports/clock.ts";
import { monotonic } from "./clock.ts";

/** Starts a pause. */
export const startPause: StartPause = (milliseconds) => {
  let cancel: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    cancel = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, cancel };
};

// Repetition with one timer that exists only while it is wanted.

/** Of the time, at most one part in so many goes into the work. */
const IDLE_FACTOR = 10;

/** @param failed called with an error of a run; the next run follows as usual */
export function createRepeater(failed: (error: unknown) => void): Repeater {
  return {
    every(ms, act) {
      let timer: NodeJS.Timeout | null = null;
      let ended = false;
      const wait = (after: number): void => {
        if (!ended) timer = setTimeout(run, after).unref();
      };
      const run = (): void => {
        const from = monotonic();
        const next = () => wait(Math.max(ms, (monotonic() - from) * IDLE_FACTOR));
        act().catch(failed).then(next, failed);
      };
      wait(ms);
      return () => {
        ended = true;
        if (timer !== null) clearTimeout(timer);
      };
    },
  };
}
