// Checks whose outcome a test decides.

import type { CheckTarget } from "../../src/core/config/value-types.ts";
import type { Checker, CheckOutcome } from "../../src/ports/checker.ts";

export interface PendingCheck {
  readonly target: CheckTarget;
  tell(outcome: CheckOutcome): void;
}

export class FakeChecker implements Checker {
  /** Those that are under way, oldest first. */
  readonly pending = new Set<PendingCheck>();
  /** Called when one begins. */
  begun: (check: PendingCheck) => void = () => {};

  check(
    target: CheckTarget,
    _timeoutMs: number,
    done: (outcome: CheckOutcome) => void,
  ): () => void {
    const check: PendingCheck = {
      target,
      tell: (outcome) => {
        if (this.pending.delete(check)) done(outcome);
      },
    };
    this.pending.add(check);
    this.begun(check);
    return () => this.pending.delete(check);
  }
}
