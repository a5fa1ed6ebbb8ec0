// Callers that wait for the outcome of a start. The start itself is state of the reducer.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { StartOutcome } from "../../core/supervisor/model.ts";

type Told = (outcome: StartOutcome) => void;

export class StartRequests {
  readonly #asking = new Map<ProcessKey, Told[]>();

  /** @param told called once, when the queued start of `key` has begun or was cancelled */
  add(key: ProcessKey, told: Told): void {
    const asking = this.#asking.get(key);
    if (asking === undefined) this.#asking.set(key, [told]);
    else asking.push(told);
  }

  /** Settles when the starts of all these have had their turn. */
  settled(keys: Iterable<ProcessKey>): Promise<void> {
    const left = new Set(keys);
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      for (const key of left) {
        this.add(key, () => {
          left.delete(key);
          if (left.size === 0) resolve();
        });
      }
    });
  }

  /** The process was started for the first who asked; to the others it was started already. */
  tell(key: ProcessKey, outcome: StartOutcome): void {
    const [first, ...others] = this.#asking.get(key) ?? [];
    this.#asking.delete(key);
    first?.(outcome);
    for (const told of others) told(outcome === "begun" ? "already-started" : outcome);
  }
}
