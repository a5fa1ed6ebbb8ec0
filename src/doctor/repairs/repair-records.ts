// Records of doctor's repairs, for --undo.

import type { Result } from "../../core/base/result.ts";
import type { Undo } from "../../install/plan/steps.ts";

/** A repair that was begun. */
export interface RepairRecord {
  /** Which run of --fix: "0003". */
  readonly run: string;
  readonly number: number;
  readonly about: {
    readonly code: string;
    readonly subject: string;
    readonly advice: string;
    /** Wall clock, milliseconds since 1970. */
    readonly whenMs: number;
  };
  /** In the order of execution. */
  readonly undos: readonly Undo[];
  /** false: doctor was killed during the repair. */
  readonly isDone: boolean;
}

export interface RepairRecords {
  /** Locks the records; required before any repair or undo. @returns the name of the new run */
  begin(): Result<string, string>;
  end(): void;
  /** Oldest first. */
  all(): readonly RepairRecord[];
  forget(record: RepairRecord): void;
}
