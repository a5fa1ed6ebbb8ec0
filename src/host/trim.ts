// Gives the daemon's unused memory back. Three quarters of Node's resident size are pages of its executable that start-up
// touched; they are never written, so dropping them costs a re-read from the page cache if they are used again.

import { monotonic } from "./clock.ts";
import { posix } from "./posix.ts";

/** How long the daemon must have been left alone. */
const QUIET_MS = 5000;

/** Trims once things are quiet after activity; never again while nothing happens. */
export interface Trimmer {
  /** Something happened (a request, a start): trim when it has been quiet since. */
  touched(): void;
  stop(): void;
}

/** Creates the trimmer; call `touched` once after start-up. */
export function createTrimmer(): Trimmer {
  let timer: NodeJS.Timeout | null = null;
  let last = 0;

  function later(delay: number): void {
    timer = setTimeout(onTimer, delay);
    timer.unref();
  }

  function onTimer(): void {
    const quiet = monotonic() - last;
    if (quiet < QUIET_MS) {
      later(QUIET_MS - quiet);
      return;
    }
    timer = null;
    posix().trim();
  }

  return {
    // A request costs two assignments here: the timer is not moved, it looks at the time when it fires.
    touched() {
      last = monotonic();
      if (timer === null) later(QUIET_MS);
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
