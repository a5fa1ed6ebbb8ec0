// Uncaught errors: logged, and handled as core/uncaught-errors decides. The process continues in any case, because its exit would
// orphan its programs.

import { thrownStack } from "../../core/base/result.ts";
import { type LogText, linesOf } from "../../core/logs/log-text.ts";
import {
  type ErrorState,
  errorOrigin,
  judgeError,
  NO_ERRORS,
} from "../../core/uncaught-errors/uncaught-error.ts";

interface UncaughtErrorsDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Writes to the activity log with level CRIT. @returns false between two generations */
  readonly log: (text: LogText) => boolean;
  /** Upgrades to a fresh copy of this daemon. @returns only if that is refused: why */
  readonly renew: () => Promise<string | null>;
  /** Prefix of the paths of tsv's own frames in a stack. */
  readonly ownFrames: string;
  /** Times of earlier fresh copies, monotonic milliseconds. */
  readonly renewals: readonly number[];
}

/** Limit for errors before there is a log. */
const MOST_WAITING = 10;

export class UncaughtErrors {
  readonly #deps: UncaughtErrorsDeps;
  #state: ErrorState = NO_ERRORS;
  #renewals: readonly number[];
  #waiting: LogText[] = [];

  constructor(deps: UncaughtErrorsDeps) {
    this.#deps = deps;
    this.#renewals = deps.renewals;
  }

  /** Times of all fresh copies, including one in progress. */
  get renewals(): readonly number[] {
    return this.#renewals;
  }

  note(thrown: unknown): void {
    const { now, ownFrames } = this.#deps;
    const stack = thrownStack(thrown);
    const at = now();
    const { state, text, action } = judgeError(
      this.#state,
      stack,
      errorOrigin(stack, ownFrames),
      this.#renewals,
      at,
    );
    this.#state = state;
    if (text !== null) this.#log(linesOf(text));
    if (action === "renew") {
      this.#renewals = [...this.#renewals, at].slice(-10);
      void this.#renew();
    } else if (action === "degraded" && text !== null) {
      this.#log(
        "the daemon continues, but a part of it may not work: it was already replaced by a fresh copy three times within an hour. " +
          "To do so once more: tsv upgrade",
      );
    }
  }

  /** Logs the errors from before there was a log. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const text of waiting) this.#log(text);
  }

  async #renew(): Promise<void> {
    const refused = await this.#deps.renew();
    if (refused !== null)
      this.#log(`the daemon continues, but a part of it may not work: ${refused}`);
  }

  #log(text: LogText): void {
    if (!this.#deps.log(text) && this.#waiting.length < MOST_WAITING) this.#waiting.push(text);
  }
}
