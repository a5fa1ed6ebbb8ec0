// A running check: its time limit, its resources, and the caller that waits for it.

import { durationText } from "../../core/config/quantities.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import { monotonic } from "../time/clock.ts";

/** setTimeout takes no more than a signed 32-bit number of milliseconds, and fires at once when given more. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** A check from its begin to its outcome. What comes after the outcome, or after `cancel`, is ignored. */
export class CheckRun {
  readonly #done: (outcome: CheckOutcome) => void;
  readonly #until: number;
  readonly #timer: NodeJS.Timeout;
  #held: (() => void)[] = [];
  #isOver = false;
  /** What was awaited at the limit; "within 5s" follows. */
  missing = "no answer";
  /** Whether the host is awaited, not the program. */
  isOfHost = false;

  constructor(timeoutMs: number, done: (outcome: CheckOutcome) => void) {
    this.#done = done;
    this.#until = monotonic() + timeoutMs;
    const limit = durationText(timeoutMs / 1000);
    const late = (): void => this.fail(`${this.missing} within ${limit}`, this.isOfHost);
    this.#timer = setTimeout(late, Math.min(timeoutMs, LONGEST_TIMEOUT)).unref();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Milliseconds until the time limit. */
  get leftMs(): number {
    return Math.max(0, this.#until - monotonic());
  }

  /** @param free called once, when the check is over, however it ends; at once if it is over already */
  hold(free: () => void): void {
    if (this.#isOver) free();
    else this.#held.push(free);
  }

  pass(text: string): void {
    this.#finish({ ok: true, text });
  }

  /** @param byHost because of the host */
  fail(text: string, byHost = false): void {
    this.#finish(byHost ? { ok: false, text, byHost } : { ok: false, text });
  }

  /** Ends the check without an outcome. */
  cancel(): void {
    this.#end();
  }

  #finish(outcome: CheckOutcome): void {
    if (this.#end()) this.#done(outcome);
  }

  /** @returns false if it was over already */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = [];
    for (const free of held) free();
    return true;
  }
}
