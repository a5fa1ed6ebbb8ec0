// One check of the catalogue: a question to a host, its answer and what the documents say about it.

import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import type { Area, Finding, Unseen } from "../model.ts";

/** What a page of the documents says; each is a paragraph or two of plain text, Markdown's `code` allowed. */
export interface CheckPage {
  /** What the user sees, with the literal error texts. */
  readonly symptom: string;
  /** Why that happens, and how doctor knows. */
  readonly cause: string;
  /** What doctor does with --fix, or what a person does. */
  readonly repair: string;
}

export interface Check {
  /** Stable for ever: "SOCK-003". A code that is given up is never used again. */
  readonly code: string;
  readonly area: Area;
  /** For `--list` and the title of its page: "stale socket". */
  readonly title: string;
  readonly page: CheckPage;
  /** Looks. Nothing wrong and everything seen: an empty list. Never throws for what a host may hold. */
  look(situation: Situation, probe: Probe): readonly (Finding | Unseen)[];
}

/** Gives a check its type where it is written. */
export function defineCheck(check: Check): Check {
  return check;
}
