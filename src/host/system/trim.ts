// Returns the daemon's unused memory. Three quarters of Node's resident size are pages of its executable that start-up
// touched; they are never written, so dropping them costs a re-read from the page cache if they are used again. The rest is
// V8's heap, which keeps the garbage of start-up and of large answers until a collection is requested.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { posix } from "../posix.ts";
import { monotonic } from "../time/clock.ts";

/** How long the daemon must have been idle. */
const QUIET_MS = 5000;
/** Collecting takes some 10 ms and makes the next request colder: not after every one of scattered requests. */
const COLLECT_INTERVAL_MS = 10_000;

/**
 * Has V8 collect garbage when there is a third of what is in use, and grow the heap slowly: a fifth off the worst that clients
 * can do. Not at Node's start, because V8 refuses the code caches of Node's modules once these flags are set.
 */
const HEAP_FLAGS = ["--heap-growing-percent=30", "--memory-saver-mode"];
/** When it is trimmed first, quiet or not. V8 applies these flags from its next collection on. */
const FIRST_MS = 1000;

/** Trims once things are quiet after activity; never again while nothing happens. Call `touched` once after start-up. */
export function createTrimmer() {
  let timer: NodeJS.Timeout | null = null;
  let last = 0;
  let isSaving = false;
  let collected = Number.NEGATIVE_INFINITY;

  function later(delay: number): void {
    timer = setTimeout(onTimer, delay);
    timer.unref();
  }

  function onTimer(): void {
    const now = monotonic();
    const quiet = now - last;
    if (quiet < QUIET_MS) {
      later(QUIET_MS - quiet);
      return;
    }
    timer = null;
    const isDue = now - collected >= COLLECT_INTERVAL_MS;
    if (isDue) {
      collected = now;
      collectGarbage();
    } else {
      later(COLLECT_INTERVAL_MS - (now - collected));
    }
    posix().trim();
  }

  return {
    /**
     * Something happened (a request, a start): trim when it has been quiet since. A request costs two assignments here: the
     * timer is not moved, it looks at the time when it fires.
     */
    touched(): void {
      if (!isSaving) saveMemory();
      isSaving = true;
      last = monotonic();
      if (timer === null) later(QUIET_MS);
    },
    stop(): void {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

function saveMemory(): void {
  for (const flag of HEAP_FLAGS) setFlagsFromString(flag);
  const trim = (): void => {
    collectGarbage();
    posix().trim();
  };
  setTimeout(trim, FIRST_MS).unref();
}

type Collect = (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

let collect: Collect | null = null;

/** V8's own function for it, which is there in a context that is made while the flag is on. */
function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as Collect;
    setFlagsFromString("--no-expose-gc");
  }
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
