// Limits the time that requests take in one turn of the event loop to a few milliseconds. The rest waits for later turns;
// input, deaths and deadlines are handled in between.

/** Milliseconds. */
export const TURN_MS = 5;

interface TurnsDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Runs a callback after pending input. */
  readonly defer: (run: () => void) => void;
}

/** The time of all requests, which they take one after the other. */
export interface Turns {
  /**
   * What to wait for before continuing: null while the time of this turn is not used up. To be asked between two steps, each
   * of which takes a fraction of a millisecond.
   */
  pause(): Promise<void> | null;
}

/** Shares out the time of each turn, first come, first served. */
export function createTurns({ now, defer }: TurnsDeps): Turns {
  const waiting: (() => void)[] = [];
  /** When the time of this turn is used up; null when nothing was done in it yet. */
  let until: number | null = null;
  const turn = (): void => {
    const next = waiting.shift();
    if (next === undefined) {
      until = null;
      return;
    }
    until = now() + TURN_MS;
    defer(turn);
    next();
  };
  return {
    pause() {
      if (until === null) {
        until = now() + TURN_MS;
        defer(turn);
        return null;
      }
      if (now() < until) return null;
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

// Long work in steps of bounded size; other work may run between two steps.

/** Each `next()` does one step; the last gives the result. */
export type Steps<T> = Generator<void, T, void>;

/** Does all steps at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
