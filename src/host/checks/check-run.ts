// A check as a task: it passes or fails with a text.

import type { Claim } from "../../core/base/places.ts";
import { durationText } from "../../core/config/quantities.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import { LimitedTask } from "../time/limited-task.ts";

export class CheckRun extends LimitedTask<CheckOutcome> {
  /** What was awaited at the limit; "within 5s" follows. */
  missing = "no answer";
  /** What helps when the limit has passed; empty for none. */
  hint = "";
  /** Whether the host is awaited, not the program. */
  isOfHost = false;

  /** Whose check it is. */
  readonly claim: Claim;

  constructor(timeoutMs: number, done: (outcome: CheckOutcome) => void, claim: Claim) {
    super(timeoutMs, done, () => {
      const limit = durationText(timeoutMs / 1000);
      return failed(`${this.missing} within ${limit}${this.hint}`, this.isOfHost);
    });
    this.claim = claim;
  }

  pass(text: string): void {
    this.settle({ ok: true, text });
  }

  /** @param byHost because of the host */
  fail(text: string, byHost = false): void {
    this.settle(failed(text, byHost));
  }
}

/** @param byHost because of the host */
export function failed(text: string, byHost = false): CheckOutcome {
  return byHost ? { ok: false, text, byHost } : { ok: false, text };
}
