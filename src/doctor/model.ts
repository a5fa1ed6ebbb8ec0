// What a check says: findings with their evidence, and what would put them right. All of it is plain data, so that it can be
// shown, counted, compared with a second look and undone.

import type { PlannedStep } from "../install/plan/steps.ts";

/** In the order in which they are looked at: each stands on the ones before it. */
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

/** `error`: something does not work. `warning`: it will not, or not safely. `info`: worth knowing. */
export type Severity = "error" | "warning" | "info";

/**
 * Who may put it right. `A`: doctor itself with --fix: it can be repeated, touches only tsv's own, disturbs no program.
 * `B`: doctor after a yes, or with --fix --yes: edits a user's file, changes an owner named in it, restarts the daemon.
 * `C`: only a person: it would end a foreign process, weaken a protection or delete data.
 */
export type RepairClass = "A" | "B" | "C";

export interface Repair {
  readonly class: RepairClass;
  /** One imperative sentence: "Remove the stale socket". */
  readonly advice: string;
  /** Commands or lines ready to paste that do the same by hand, as root where needed; may be empty. */
  readonly commands: readonly string[];
  /** What doctor does, each step of which can be taken back. Always empty for class C. */
  readonly steps: readonly PlannedStep[];
}

/** One thing that is wrong. */
export interface Finding {
  readonly severity: Severity;
  /** The path, program or server it is about. With the code it says whether a second look found the same thing. */
  readonly subject: string;
  /** What the user meets: the message or behaviour, in the words the user sees. */
  readonly symptom: string;
  /** Why, in one sentence. */
  readonly cause: string;
  /** What was seen: owner, mode, errno, pid, numbers. Never a secret. */
  readonly evidence: readonly string[];
  /** Where in the configuration, when it stands there. */
  readonly place: Place | null;
  readonly repair: Repair;
}

export interface Place {
  readonly file: string;
  /** 1-based; null for the file as a whole. */
  readonly line: number | null;
  readonly section: string | null;
  readonly key: string | null;
}

/** Something a check would have to know, and could not see. */
export interface Unseen {
  /** For people, after "could not see": "who listens on port 9001 (needs root)". */
  readonly unseen: string;
}

/** A finding of a check of the catalogue. */
export interface CodedFinding extends Finding {
  readonly code: string;
  readonly area: Area;
  /** Codes of the findings that it follows from: it goes away with them. Empty for a root cause. */
  readonly follows: readonly string[];
}

/** All that one examination says. */
export interface Diagnosis {
  /** Root causes first, then what follows from them; both in the order of the catalogue. */
  readonly findings: readonly CodedFinding[];
  readonly unseen: readonly { readonly code: string; readonly area: Area; readonly what: string }[];
  /** Areas that could not be examined, because the configuration cannot be read. */
  readonly skipped: readonly { readonly area: Area; readonly why: string }[];
  /** Which checks were made: those of the chosen areas and codes. */
  readonly checked: readonly { readonly code: string; readonly area: Area }[];
}
