// What checks of the configuration say of a problem that `tsv check` has found, and what mends it.

import type { CheckProblem } from "../../../config/check.ts";
import { type ConfigEdit, editStep } from "../../edit-config.ts";
import type { Finding, Repair, Severity } from "../../model.ts";
import type { Probe } from "../../probe.ts";
import { subjectOf, symptomOf } from "../../problem-words.ts";
import { byHand } from "../../repairs.ts";
import type { Situation } from "../../situation.ts";

/** The problems that a code is about. */
export function problemsOf(
  { config }: Situation,
  code: CheckProblem["code"],
): readonly CheckProblem[] {
  return config.problems.filter((problem) => problem.code === code);
}

/** What a check says of a problem beside what the problem says itself. */
export interface Said {
  readonly severity?: Severity;
  readonly symptom?: string;
  readonly cause: string;
  readonly evidence?: readonly string[];
  readonly repair: Repair;
}

/** The finding for a problem. */
export function problemFinding(problem: CheckProblem, situation: Situation, said: Said): Finding {
  const { file, line, section, key } = problem;
  return {
    severity: said.severity ?? (problem.severity === "note" ? "info" : problem.severity),
    subject: subjectOf(problem),
    symptom: said.symptom ?? symptomOf(problem, situation),
    cause: said.cause,
    evidence: said.evidence ?? [],
    place: { file, line, section, key },
    repair: said.repair,
  };
}

/** A repair that edits one file after a yes; one that only a person can make where the file cannot be read. */
export function editRepair(
  advice: string,
  edit: { readonly file: string; readonly edits: readonly ConfigEdit[]; readonly byHand: string },
  probe: Probe,
): Repair {
  const step = editStep(edit.file, edit.edits, probe);
  if (step === null) return byHand(advice, [edit.byHand]);
  return { class: "B", advice, commands: [edit.byHand], steps: [step] };
}

/** "Write true or false", from what `tsv check` suggests. */
export function adviceOf({ suggestion }: CheckProblem, otherwise: string): string {
  if (suggestion === null) return otherwise;
  const text = suggestion.replace(/^did you mean (.*)\?$/, "write $1, if that is what you meant");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
