// The checks that are under way, at most one for each process.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { CheckTarget } from "../../core/config/value-types.ts";
import type { Checker, CheckOutcome } from "../../ports/checker.ts";

/** A check that takes longer has failed, in milliseconds. */
const CHECK_LIMIT_MS = 5000;

export class Checks {
  readonly #checker: Checker;
  readonly #cancels = new Map<ProcessKey, () => void>();

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  /** @param done called once, unless the check is cancelled */
  begin(key: ProcessKey, target: CheckTarget, done: (outcome: CheckOutcome) => void): void {
    this.cancel(key);
    const cancel = this.#checker.check(target, CHECK_LIMIT_MS, (outcome) => {
      this.#cancels.delete(key);
      done(outcome);
    });
    this.#cancels.set(key, cancel);
  }

  cancel(key: ProcessKey): void {
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
  }
}
