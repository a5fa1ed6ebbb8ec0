// The executable of an upgrade: examine it, run it as a dry run, become it.

import type { Result } from "../core/base/result.ts";

/** An executable when it was examined. */
export interface Candidate {
  /** The path where the next upgrade looks for the executable. */
  readonly path: string;
  /** It is the running executable. */
  readonly isSame: boolean;
  /** Changes when the file does; null for the running executable, even if its path names another file by now. */
  readonly mark: string | null;
}

/** Errors are clauses for users. */
export interface Successor {
  /** Examines the executable at an absolute path, or at the path from which this process was started (null). */
  look(path: string | null): Promise<Result<Candidate, string>>;
  /** The executable that this process runs. */
  self(): Candidate;
  /** Runs it as a child that reads a snapshot and changes nothing. @returns the version that it reports */
  dryRun(candidate: Candidate, snapshot: string): Promise<Result<string, string>>;
  /** Leaves signals to the successor from now on. */
  holdSignals(): void;
  releaseSignals(): void;
  /** Ends this process, and another one of it continues with the snapshot. @returns only if that failed: why */
  replace(candidate: Candidate, snapshot: string): string;
}
