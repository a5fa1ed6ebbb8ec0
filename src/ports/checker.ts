// Checks whether a program is ready or healthy, runs its other commands, and sends alerts.

import type { Claim } from "../core/base/places.ts";
import type { CheckTarget } from "../core/config/value-types.ts";
import type { ProgramCommand } from "../core/process/launch.ts";

/** The result of a check. */
export interface CheckOutcome {
  readonly ok: boolean;
  /** For people: "connection refused", "status 503", "exit status 2", "no answer within 5s". */
  readonly text: string;
  /** It failed because of the host: out of memory, a disk that does not answer. */
  readonly byHost?: boolean;
  /** It has not failed, but has not shown yet that the program is well. */
  readonly isPending?: boolean;
  /** The receiver of an alert wants to be left alone for so long, in milliseconds. */
  readonly waitMs?: number;
}

/** An address as it is written, or a planned command. */
export type HostCheck =
  | Extract<CheckTarget, { kind: "tcp" | "unix" | "http" }>
  | {
      readonly kind: "exec";
      readonly command: ProgramCommand;
      /** Takes its output as it comes. A piece is good only during the call. */
      readonly output?: (piece: Uint8Array) => void;
      /** What it reads from its standard input; nothing without it. */
      readonly input?: Uint8Array;
    }
  /** Passes when the answer has a status from 200 to 299. */
  | {
      readonly kind: "post";
      /** `http:` or `https:`. */
      readonly url: string;
      /** No name and no value contains a line end. */
      readonly headers: readonly (readonly [string, string])[];
      readonly body: string;
    };

export interface Checker {
  /**
   * Begins a check. The other side can neither block the daemon nor take more than a few kilobytes.
   * @param timeoutMs limit of the check
   * @param done called once, never before this returns, and not after the check was cancelled
   * @param claim whose check it is: programs share the lookups of host names
   * @returns cancels the check
   */
  check(
    target: HostCheck,
    timeoutMs: number,
    done: (outcome: CheckOutcome) => void,
    claim: Claim,
  ): () => void;
}
