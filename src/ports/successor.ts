// The executable that is to take this process's place: looking at it, trying it out, becoming it.

import type { Result } from "../core/base/result.ts";

/** An executable as it was when it was looked at. */
export interface Candidate {
  readonly path: string;
  /** It is the file that runs already. */
  readonly isSame: boolean;
  /** Changes when the file does. */
  readonly mark: string;
}

/** Errors are clauses for people. */
export interface Successor {
  /** Looks at the executable at an absolute path, or where this process came from (null). */
  look(path: string | null): Result<Candidate, string>;
  /** Has it read a document, as a child that touches nothing. @returns the version that it says it is */
  rehearse(candidate: Candidate, document: string): Promise<Result<string, string>>;
  /** Keeps signals waiting that would hit the successor before it can handle them. */
  holdSignals(): void;
  releaseSignals(): void;
  /**
   * Becomes the executable, which finds the document and these descriptors open, besides standard input and output.
   * @returns only when that failed: why
   */
  replace(candidate: Candidate, document: string, descriptors: readonly number[]): string;
}
