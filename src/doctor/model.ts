// The results of checks: findings with evidence and repairs. They are plain data, which can be shown, counted, compared with
// a second examination and undone.

import type { CheckProblem } from "../core/config/rules.ts";
import type { PlannedStep } from "../install/plan/steps.ts";

/** In the order of examination: each area depends on the ones before it. */
export const AREAS = [
  "binary",
  "boot",
  "socket",
  "config",
  "programs",
  "logs",
  "limits",
  "security",
  "board",
] as const;

export type Area = (typeof AREAS)[number];

/** `error`: something does not work. `warning`: it will fail, or is unsafe. `info`: a note. */
export type Severity = "error" | "warning" | "info";

/** Who makes a repair: doctor, doctor after confirmation, or only the user. docs/doctor.md says what each class may do. */
export type RepairClass = "A" | "B" | "C";

/** A change that a repair is made of; see repairs/fix.ts. */
export interface Fix {
  readonly class: RepairClass;
  /** Commands or lines to paste that do the same, as root if necessary; may be empty. */
  readonly commands: readonly string[];
  /** Empty if only the user can make it. */
  readonly steps: readonly PlannedStep[];
}

/** Its steps can be undone one by one; there are none for class C. */
export interface Repair extends Fix {
  /** One imperative sentence: "Remove the stale socket". */
  readonly advice: string;
}

/** One finding of a check. */
export interface Finding {
  readonly severity: Severity;
  /** The path, program or server that it is about. Code and subject identify the finding in a second examination. */
  readonly subject: string;
  /** The symptom: the message or behaviour that the user sees. */
  readonly symptom: string;
  /** The cause, in one sentence. */
  readonly cause: string;
  /** Facts: owner, mode, errno, pid, numbers. Never a secret. */
  readonly evidence: readonly string[];
  /** The position in the configuration, if it has one. */
  readonly place: Place | null;
  readonly repair: Repair;
}

/** The line counts from 1; it is null for the whole file. */
export type Place = Pick<CheckProblem, "file" | "line" | "section" | "key">;

/** A fact that a check needs, but could not determine. */
export interface Unknown {
  /** For messages, after "unknown": "whether port 9001 is in use (needs root)". */
  readonly unknown: string;
}

/** What names a check of the catalogue. */
interface Coded {
  readonly code: string;
  readonly area: Area;
}

/** A finding of a check of the catalogue. */
export interface CodedFinding extends Finding, Coded {
  /** Codes of the findings that it follows from: it disappears with them. Empty for a root cause. */
  readonly follows: readonly string[];
}

/** The result of one examination. */
export interface Diagnosis {
  /** Root causes first, then their consequences; both in the order of the catalogue. */
  readonly findings: readonly CodedFinding[];
  readonly unknown: readonly (Coded & { readonly what: string })[];
  /** Areas that could not be examined because the configuration cannot be read. */
  readonly skipped: readonly { readonly area: Area; readonly why: string }[];
  /** The checks of the chosen areas and codes, which were run. */
  readonly checked: readonly Coded[];
}
