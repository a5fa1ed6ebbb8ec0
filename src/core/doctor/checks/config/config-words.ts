// A problem that `tsv check` has found, as a finding: its words without secrets, its place, and what mends it.

import type { CheckProblem } from "../../../config/check.ts";
import { allOptions } from "../../../config/raw.ts";
import { type ConfigEdit, editStep } from "../../edit-config.ts";
import type { Finding, Repair, Severity } from "../../model.ts";
import type { Probe } from "../../probe.ts";
import { redactConfig } from "../../redact/config.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import { isSecretName } from "../../redact/words.ts";
import type { Situation } from "../../situation.ts";
import { byHand, printable } from "../../words.ts";

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

/** Names the problem in a way that outlives edits elsewhere: lines move, sections and keys do not. */
export function subjectOf({ file, line, section, key, rule, message }: CheckProblem): string {
  if (section !== null)
    return `${file} [${printable(section)}]${key === null ? "" : ` ${printable(key)}`}`;
  if (rule === "include-matches-nothing" || rule === "include-skipped") return message;
  if (rule === "ignored-log" || rule === "syslog-as-file") return message;
  return line === null ? file : `${file} line ${line}`;
}

/** The message, as Supervisor or `tsv check` words it, without values that may be secrets. */
export function symptomOf(problem: CheckProblem, situation: Situation): string {
  const { message, key, rule } = problem;
  const subject = problem.section === null || key === null ? "" : `[${problem.section}] ${key}: `;
  if (rule === "bad-line" || rule === "no-section-headers") {
    const [said = "", ...source] = message.split(": ");
    const line = source.join(": ").trim();
    const [first = ""] = line.split(/\s/);
    return printable(`${said}: ${isSecretName(first) ? `${first} …` : redactConfig(line)}`);
  }
  if (key !== null && (key === "environment" || isSecretName(key))) {
    return printable(`${subject}${withoutValue(problem, situation)}`);
  }
  return printable(redactPatterns(`${subject}${message.replaceAll("\n", " ")}`));
}

/** Of a message about a secret only what comes from the parser. */
function withoutValue(
  { message, section, key, rule }: CheckProblem,
  { config }: Situation,
): string {
  if (rule === "environment-separator")
    return "a value ends where it was not meant to: it lacks quotes";
  const found = section === null ? undefined : config.raw?.sections.get(section);
  const options = found === undefined || config.raw === null ? null : allOptions(config.raw, found);
  const value = key === null ? undefined : options?.get(key)?.value;
  const hidden = value === undefined || value === "" ? message : message.replaceAll(value, "…");
  return hidden.replace(/(in value|Format string) '.*'(?= for '|$)/s, "$1 '…'");
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
