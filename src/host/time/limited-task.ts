// A task with a time limit: what it holds is freed when it is over, however it ends.

import { LONGEST_TIMEOUT, monotonic } from "./clock.ts";

/** A limit passes in so many parts. */
const PARTS = 10;

/**
 * Calls back once when a limit has passed. A process that gets no processor for a while finds its timers due before it has
 * seen what became ready meanwhile: such a while counts as one part of the limit.
 */
export function startLimit(limitMs: number, late: () => void): NodeJS.Timeout {
  let left = PARTS;
  const timer = setInterval(
    () => {
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      late();
    },
    Math.min(limitMs / PARTS, LONGEST_TIMEOUT),
  );
  return timer;
}

/** A task from its begin to its outcome. What comes after the outcome, or after `cancel`, is ignored. */
export class LimitedTask<Outcome> {
  readonly #done: (outcome: Outcome) => void;
  readonly #until: number;
  #held: (() => void)[] = [];
  #isOver = false;

  /** @param done called at most once @param late the outcome at the limit */
  constructor(timeoutMs: number, done: (outcome: Outcome) => void, late: () => Outcome) {
    this.#done = done;
    this.#until = monotonic() + timeoutMs;
    const expire = (): void => this.settle(late());
    const timer = startLimit(timeoutMs, expire).unref();
    this.hold(() => clearTimeout(timer));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Milliseconds until the time limit. */
  get leftMs(): number {
    return Math.max(0, this.#until - monotonic());
  }

  /** @param free called once, when the task is over; at once if it is over already */
  hold(free: () => void): void {
    if (this.#isOver) free();
    else this.#held.push(free);
  }

  settle(outcome: Outcome): void {
    if (this.#end()) this.#done(outcome);
  }

  /** As `settle`, in a later turn: for a caller that expects no outcome before it has returned. */
  settleSoon(outcome: Outcome): void {
    const timer = setImmediate(() => this.settle(outcome));
    this.hold(() => clearImmediate(timer));
  }

  /** Ends the task without an outcome. */
  cancel(): void {
    this.#end();
  }

  /** @returns false if it was over already */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    for (const free of this.#held.splice(0)) free();
    return true;
  }
}
