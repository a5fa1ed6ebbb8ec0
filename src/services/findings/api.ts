// What other services see of the findings of tsv doctor.

import type { Result } from "../../core/base/result.ts";

/** A finding, as docs/json.md describes those of `tsv doctor --json`. */
export interface Finding {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  /** The path, program or server that it is about. */
  readonly subject: string;
  readonly symptom: string;
  readonly cause: string;
  readonly evidence: readonly string[];
  /** Of the configuration; empty for no file. */
  readonly file: string;
  /** From 1 on; 0 for no line. */
  readonly line: number;
  readonly advice: string;
  readonly commands: readonly string[];
  /** `tsv doctor --fix` fixes it. */
  readonly isAutomatic: boolean;
}

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
