// The executable of an upgrade: examine it, run it as a dry run, become it.

import type { Result } from "../core/base/result.ts";

/** An executable as it was when it was looked at. */
export interface Candidate {
  /** Of the executable itself, the path where the next one is looked for. */
  readonly path: string;
  /** It is the file that runs already. */
  readonly isSame: boolean;
  /** Changes when the file does; null for the very file that this process runs, whatever is at its path by now. */
  readonly mark: string | null;
}

/** What an executable showed when it was tried out. */
export interface Rehearsed {
  /** The version that it says it is. */
  readonly version: string;
  /** Signals that come while it starts are kept for it. Where that cannot be, they do what they do by default. */
  readonly holdsSignals: boolean;
}

/** Errors are clauses for people. */
export interface Successor {
  /** Looks at the executable at an absolute path, or where this process came from (null). */
  look(path: string | null): Promise<Result<Candidate, string>>;
  /** The executable that this process runs. */
  self(): Candidate;
  /** Has it read a document, as a child that touches nothing. */
  rehearse(candidate: Candidate, document: string): Promise<Result<Rehearsed, string>>;
  /** Keeps signals waiting that would hit the successor before it can handle them. */
  holdSignals(): void;
  releaseSignals(): void;
  /**
   * Becomes the executable, which finds the document and these descriptors open, besides standard input and output.
   * @returns only when that failed: why
   */
  replace(
    candidate: Candidate,
    rehearsed: Rehearsed,
    document: string,
    descriptors: readonly number[],
  ): string;
}
