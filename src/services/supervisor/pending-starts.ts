// Starts that were asked for and have not had their turn: a stop that comes meanwhile must not be lost.

import type { ProcessKey } from "../../core/base/ids.ts";

/** One start that waits for its turn. */
export interface PendingStart {
  /** Ends the waiting. @returns whether it is still wanted */
  take(): boolean;
}

export class PendingStarts {
  readonly #pending = new Map<ProcessKey, Set<PendingStart>>();

  add(key: ProcessKey): PendingStart {
    const ofKey = this.#pending.get(key) ?? new Set();
    this.#pending.set(key, ofKey);
    const start: PendingStart = {
      take: () => {
        const wanted = ofKey.delete(start);
        if (ofKey.size === 0 && this.#pending.get(key) === ofKey) this.#pending.delete(key);
        return wanted;
      },
    };
    ofKey.add(start);
    return start;
  }

  has(key: ProcessKey): boolean {
    return this.#pending.has(key);
  }

  /** Nobody wants the process started any more. @returns whether somebody did */
  cancel(key: ProcessKey): boolean {
    this.#pending.get(key)?.clear();
    return this.#pending.delete(key);
  }
}
