// Asks whether a program is ready or well, for ready_check.

import type { CheckTarget } from "../core/config/value-types.ts";
import type { CheckCommand } from "../core/process/launch.ts";

/** What became of a check. */
export interface CheckOutcome {
  readonly ok: boolean;
  /** What came back, for people: "connection refused", "status 503", "exit status 2", "no answer within 5s". */
  readonly text: string;
  /** It failed through the host, and says nothing about the program: out of memory, a disk that does not answer. */
  readonly byHost?: boolean;
}

/** What is asked of the host: an address as it is written, or a command with all that it runs with. */
export type CheckQuestion =
  | Extract<CheckTarget, { kind: "tcp" | "unix" | "http" }>
  | { readonly kind: "exec"; readonly command: CheckCommand };

export interface Checker {
  /**
   * Begins a check. Nothing that the other side does holds up the daemon or takes more than a few kilobytes.
   * @param timeoutMs after this the check has failed
   * @param done called once, never before this returns, and not after the check was cancelled
   * @returns cancels the check
   */
  check(
    question: CheckQuestion,
    timeoutMs: number,
    done: (outcome: CheckOutcome) => void,
  ): () => void;
  /** Settles when all commands of checks that are over are dead and reaped, at the latest at `deadline`. */
  quiet(deadline: AbortSignal): Promise<void>;
}
