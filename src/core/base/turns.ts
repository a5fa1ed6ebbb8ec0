// Limits the time that long work of one kind takes in one turn of the event loop to a few milliseconds. The rest waits for
// later turns; input, deaths and deadlines are handled in between.

import type { Steps } from "./steps.ts";

/** Milliseconds. */
export const TURN_MS = 5;
/** Those who have not had a turn go first, but not forever. */
const NEW_ONES_FIRST = 8;

interface TurnsDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Runs something after the next look at input. */
  readonly defer: (run: () => void) => void;
}

/** A piece of work, for example a request, that takes turns with all else that the daemon does. */
export interface Turns {
  /**
   * What to wait for before continuing: null while the time that such work may take in this turn is not used up. To be
   * asked between two steps, each of which takes a fraction of a millisecond.
   */
  pause(): Promise<void> | null;
}

/** Shares out the time of each turn. */
export class TurnSharing {
  readonly #deps: TurnsDeps;
  /** When the time for this turn is used up; null when nothing was done in it yet. */
  #until: number | null = null;
  readonly #newOnes: (() => void)[] = [];
  readonly #others: (() => void)[] = [];
  #newOnesInARow = 0;
  #isDue = false;

  constructor(deps: TurnsDeps) {
    this.#deps = deps;
  }

  /** For a piece of work that begins now. */
  start(): Turns {
    let isNew = true;
    return {
      pause: () => {
        if (!this.#isOver()) return null;
        const queue = isNew ? this.#newOnes : this.#others;
        isNew = false;
        return new Promise((resolve) => queue.push(resolve));
      },
    };
  }

  #isOver(): boolean {
    const now = this.#deps.now();
    if (this.#until === null) {
      this.#until = now + TURN_MS;
      this.#schedule();
      return false;
    }
    return now >= this.#until;
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#deps.defer(() => this.#turn());
  }

  /** One of those who wait has this turn. */
  #turn(): void {
    this.#isDue = false;
    const next = this.#next();
    if (next === undefined) {
      this.#until = null;
      return;
    }
    this.#until = this.#deps.now() + TURN_MS;
    this.#schedule();
    next();
  }

  #next(): (() => void) | undefined {
    const hasOthers = this.#others.length > 0;
    if (this.#newOnes.length > 0 && (!hasOthers || this.#newOnesInARow < NEW_ONES_FIRST)) {
      this.#newOnesInARow++;
      return this.#newOnes.shift();
    }
    this.#newOnesInARow = 0;
    return this.#others.shift();
  }
}

/** Does work in steps, with a pause wherever one is due. */
export async function inTurns<T>(steps: Steps<T>, turns: Turns): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const pause = turns.pause();
    if (pause !== null) await pause;
  }
}
