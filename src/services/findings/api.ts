// What other services see of the findings of tsv doctor.

import type { Result } from "../../core/base/result.ts";
import type { Finding } from "../../core/web/findings-view.ts";

export interface Examination {
  /** Root causes first. */
  readonly findings: readonly Finding[];
  /** What could not be checked. */
  readonly unknown: readonly string[];
}

/** The outcome of one examination. */
export interface Examined {
  /** When it ended, in seconds since 1970. */
  readonly at: number;
  /** Or why the host could not be examined. */
  readonly outcome: Result<Examination, string>;
}

export interface FindingsApi {
  /** Of the last examination since the daemon was started, reloaded or upgraded; null for none. */
  last(): Examined | null;
  /** Examines the host; a second caller waits for the same examination. */
  examine(): Promise<Examined>;
}
