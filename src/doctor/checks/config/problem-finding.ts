// Turns problems that `tsv check` reports into findings, and their fixes into repairs.

import { type ConfigEdit, type ConfigFix, describeEdit } from "../../../core/config/lint/edits.ts";
import type { CheckProblem } from "../../../core/config/rules.ts";
import { problemSubject, problemSymptom } from "../../facts/config-facts.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Repair, Severity } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { editStep } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";

/** The problems with this code. */
export function problemsOf(
  { config }: DoctorFacts,
  code: CheckProblem["code"],
): readonly CheckProblem[] {
  return config.problems.filter((problem) => problem.code === code);
}

/** What a check adds to the text of the problem. */
interface Explanation {
  readonly severity?: Severity;
  readonly symptom?: string;
  readonly cause: string;
  readonly evidence?: readonly string[];
  readonly repair: Repair;
}

/** The finding for a problem. */
export function problemFinding(
  problem: CheckProblem,
  facts: DoctorFacts,
  explanation: Explanation,
): Finding {
  const { file, line, section, key, severity } = problem;
  return {
    severity: severity === "note" ? "info" : severity,
    subject: problemSubject(problem),
    symptom: problemSymptom(problem, facts),
    evidence: [],
    place: { file, line, section, key },
    ...explanation,
  };
}

/** "Write true or false", from the suggestion of `tsv check`. */
export function adviceOf({ suggestion }: CheckProblem, otherwise: string): string {
  if (suggestion === null) return otherwise;
  const text = suggestion.replace(/^did you mean (.*)\?$/, "write $1, if that is what you meant");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The repair that makes the edits of a fix. @param command does the same, to be pasted */
export function fixRepair(
  file: string,
  { advice, edits }: ConfigFix,
  probe: Probe,
  command: string | null = null,
): Repair {
  const commands = command === null ? edits.map((edit) => handCommand(file, edit)) : [command];
  const step = editStep(file, edits, probe);
  return step === null ? byHand(advice, commands) : { class: "B", advice, commands, steps: [step] };
}

function handCommand(file: string, edit: ConfigEdit): string {
  const text = describeEdit(edit);
  switch (edit.kind) {
    case "set":
      return `# in ${file} line ${edit.line} write: ${text.replace(/^with /, "")}`;
    case "add":
      return `# in ${file} below line ${edit.line} write: ${text.replace(/^with /, "")}`;
    case "append":
      return `printf '\\n${edit.lines.join("\\n")}\\n' >>${shellWord(file)}`;
    case "line":
      return `# in ${file} write line ${edit.line} ${text}`;
    case "text":
      return `# write ${file} ${text}`;
  }
}
