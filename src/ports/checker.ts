// Asks whether a program answers, for ready_check.

import type { CheckTarget } from "../core/config/value-types.ts";

/** What became of a check. */
export interface CheckOutcome {
  readonly ok: boolean;
  /** What came back, for people: "connection refused", "status 503", "no answer within 5s". */
  readonly text: string;
}

export interface Checker {
  /**
   * Begins a check. Nothing that the other side does holds up the daemon or takes more than a few kilobytes.
   * @param timeoutMs after this the check has failed
   * @param done called once, never before this returns, and not after the check was cancelled
   * @returns cancels the check
   */
  check(target: CheckTarget, timeoutMs: number, done: (outcome: CheckOutcome) => void): () => void;
}
