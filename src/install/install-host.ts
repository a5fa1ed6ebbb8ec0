// A host on which the steps of an installation are executed and undone one by one.

import type { Result } from "../core/base/result.ts";
import type { Step, Undo } from "./plan/steps.ts";

export interface InstallHost {
  /**
   * Determines the undos of a step, and keeps the files that they need, before the step is executed.
   * @returns the undos, in the order of the step's actions; the error is a sentence with the reason
   */
  prepare(step: Step): Result<readonly Undo[], string>;
  /** Executes a step. The error is a sentence: what failed, on what, and why. */
  perform(step: Step, interruption: AbortSignal): Promise<Result<true, string>>;
  /** Undoes a step. If something was changed since the step, it stays, and this is an error. */
  undo(undo: Undo): Promise<Result<true, string>>;
  /** Removes files that could not be removed before all steps were executed. Idempotent. */
  discard(what: Discard): Result<true, string>;
  /** The last output of the service, to explain why it does not answer; empty if unknown. */
  serviceOutput(): Promise<string>;
}

/** Removed after the transaction has succeeded: a file that was moved aside, or a directory if it is empty. */
export interface Discard {
  readonly path: string;
  readonly kind: "aside" | "if-empty";
}

/** The state that a killed installer left. */
export interface Unfinished {
  /** The undos of its steps, in the order of execution. */
  readonly undos: readonly Undo[];
  /** All its steps were executed, and these remain to be removed; null if not all were. */
  readonly discards: readonly Discard[] | null;
}

/** The record of executed steps and their undos on disk, which outlives a killed installer. */
export interface InstallJournal {
  /** The state that a killed installer left; null: none. */
  unfinished(): Result<Unfinished | null, string>;
  /** Records the undos of the next step. They are on disk when this returns. */
  record(undos: readonly Undo[]): Result<true, string>;
  /** All steps were executed: nothing is rolled back from here on, and files that were moved aside are removed. */
  commit(discards: readonly Discard[]): Result<true, string>;
  /** Nothing is left to do or to undo: removes the journal and the files that it kept. */
  close(): void;
}
