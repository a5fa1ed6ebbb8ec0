// Turns problems that `tsv check` reports into findings.

import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { problemSubject, problemSymptom } from "../../facts/config-problems.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair, Severity } from "../../model.ts";

/** The problems with this code. */
export function problemsOf(
  { config }: Situation,
  code: CheckProblem["code"],
): readonly CheckProblem[] {
  return config.problems.filter((problem) => problem.code === code);
}

/** What a check adds to the text of the problem. */
interface Said {
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
    subject: problemSubject(problem),
    symptom: said.symptom ?? problemSymptom(problem, situation),
    cause: said.cause,
    evidence: said.evidence ?? [],
    place: { file, line, section, key },
    repair: said.repair,
  };
}

/** "Write true or false", from the suggestion of `tsv check`. */
export function adviceOf({ suggestion }: CheckProblem, otherwise: string): string {
  if (suggestion === null) return otherwise;
  const text = suggestion.replace(/^did you mean (.*)\?$/, "write $1, if that is what you meant");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
