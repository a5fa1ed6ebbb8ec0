// One check of the catalogue: what it examines, the findings it returns, and its page in the documents.

import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import type { Area, Finding, RepairClass, Unseen } from "../model.ts";

/** The text of a page in the documents; each part is a paragraph or two of plain text, with Markdown's `code`. */
interface CheckPage {
  /** The symptom, with literal error messages. */
  readonly symptom: string;
  /** The cause, and how doctor detects it. */
  readonly cause: string;
  /** What doctor does with --fix, or what the user does. */
  readonly repair: string;
}

export interface Check {
  /** Stable: "SOCK-003". The code of a removed check is never used again. */
  readonly code: string;
  readonly area: Area;
  /** For `--list` and the title of its page: "stale socket". */
  readonly title: string;
  /** The classes that its repairs may have; its page names them. */
  readonly repairs: readonly RepairClass[];
  readonly page: CheckPage;
  /** Runs the check. An empty list means: no findings, and everything could be examined. Never throws because of the host. */
  look(situation: Situation, probe: Probe): readonly (Finding | Unseen)[];
}

/** Gives the definition of a check its type. */
export function defineCheck(check: Check): Check {
  return check;
}
