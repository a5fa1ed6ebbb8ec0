// Checks whose outcome a test decides.

import type { Checker, CheckOutcome, HostCheck } from "../../src/ports/checker.ts";

export interface PendingCheck {
  readonly target: HostCheck;
  tell(outcome: CheckOutcome): void;
}

export class FakeChecker implements Checker {
  /** Those that are under way, oldest first. */
  readonly pending = new Set<PendingCheck>();
  /** Called when one begins. */
  begun: (check: PendingCheck) => void = () => {};

  check(target: HostCheck, _timeoutMs: number, done: (outcome: CheckOutcome) => void): () => void {
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
