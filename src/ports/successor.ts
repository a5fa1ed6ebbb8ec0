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

/** The result of a dry run. */
export interface DryRun {
  /** The version that it reports. */
  readonly version: string;
  /** Signals that arrive while it starts stay pending. Otherwise they have their default effect. */
  readonly holdsSignals: boolean;
}

/** Errors are clauses for users. */
export interface Successor {
  /** Examines the executable at an absolute path, or at the path from which this process was started (null). */
  look(path: string | null): Promise<Result<Candidate, string>>;
  /** The executable that this process runs. */
  self(): Candidate;
  /** Runs it as a child that reads a snapshot and changes nothing. */
  dryRun(candidate: Candidate, snapshot: string): Promise<Result<DryRun, string>>;
  /** Blocks signals that would reach the successor before it can handle them. */
  holdSignals(): void;
  releaseSignals(): void;
  /**
   * Executes it in this process. It inherits the snapshot and these descriptors, besides standard input and output.
   * @returns only if that failed: why
   */
  replace(
    candidate: Candidate,
    dryRun: DryRun,
    snapshot: string,
    descriptors: readonly number[],
  ): string;
}
