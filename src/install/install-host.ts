// A host that is being set up: steps are done and taken back on it one by one.

import type { Result } from "../core/base/result.ts";
import type { Step, Undo } from "./plan/steps.ts";

export interface InstallHost {
  /**
   * Says how to take a step back, and keeps what that needs, before the step is done.
   * @returns the ways back, in the order in which the step goes; the error is a sentence about what is in the way
   */
  prepare(step: Step): Result<readonly Undo[], string>;
  /** Does a step. The error is a sentence for people: what failed, on what, and why. */
  perform(step: Step, interruption: AbortSignal): Promise<Result<true, string>>;
  /** Takes a step back. Something that is no longer as the step left it stays, and is the error. */
  takeBack(undo: Undo): Promise<Result<true, string>>;
  /** Removes for good what could not go before everything was done. Twice does no harm. */
  discard(what: Discard): Result<true, string>;
  /** What the service has said last, for somebody who asks why it does not answer; empty when nothing is known. */
  trouble(): Promise<string>;
}

/** Something that goes when nothing is taken back any more: moved aside before, or a directory if it is empty by then. */
export interface Discard {
  readonly path: string;
  readonly kind: "aside" | "if-empty";
}

/** What an installer that was killed left. */
export interface Unfinished {
  /** How to take back what it has done, in the order it was done. */
  readonly undos: readonly Undo[];
  /** It had done everything, and this remained to be removed for good; null when it had not. */
  readonly discards: readonly Discard[] | null;
}

/** What was begun and could have to be taken back, on disk: it outlives an installer that is killed. */
export interface InstallJournal {
  /** What an installer left that was killed; null: nothing. */
  unfinished(): Result<Unfinished | null, string>;
  /** Writes down how to take back what comes next. It is on disk when this returns. */
  record(undos: readonly Undo[]): Result<true, string>;
  /** Everything is done: from here on nothing is taken back any more, and what was moved aside goes. */
  commit(discards: readonly Discard[]): Result<true, string>;
  /** Nothing is left to do or to take back: the journal and what it kept go. */
  close(): void;
}
