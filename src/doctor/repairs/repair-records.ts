// What doctor has changed, and how to take it back.

import type { Result } from "../../core/base/result.ts";
import type { Undo } from "../../install/plan/steps.ts";

/** One repair that was begun. */
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
  /** In the order in which it was done. */
  readonly undos: readonly Undo[];
  /** false: doctor was killed while it was at it. */
  readonly isDone: boolean;
}

export interface RepairRecords {
  /** Locks the records; nothing may be repaired or undone before. @returns the name of the new run */
  begin(): Result<string, string>;
  end(): void;
  /** Oldest first. */
  all(): readonly RepairRecord[];
  forget(record: RepairRecord): void;
}
