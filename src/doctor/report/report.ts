// The report for users: one line per area, details of findings, root causes before consequences.

import { printable } from "../../core/base/printable.ts";
import { textDiff, wrapDiffLine } from "../../install/plan/text-diff.ts";
import { AREAS, type Area, type CodedFinding, type Diagnosis, type Severity } from "../model.ts";
import { redactConfig } from "../redact/config.ts";
import { commandLines, type Look, labelledLines, paint, sign } from "./lines.ts";
import { countText } from "./summary.ts";

/** What became of a finding with --fix. */
export interface Outcome {
  readonly finding: CodedFinding;
  readonly outcome: "fixed" | "failed" | "still there" | "not fixed";
  /** Why its repair failed; null otherwise. */
  readonly reason: string | null;
}

/** The lines for every examined area, in order, then the consequences of the findings in them. */
export function reportText(diagnosis: Diagnosis, look: Look): string {
  const { findings, checked, skipped } = diagnosis;
  const shown = findings.filter(({ severity }) => look.verbose || severity !== "info");
  const areas = AREAS.filter((area) => checked.some((check) => check.area === area));
  const roots = areas.map((area) => {
    const own = shown.filter((finding) => finding.area === area);
    if (look.quiet && own.length === 0) return "";
    const skip = skipped.find((one) => one.area === area);
    const head = headLine(area, own, skip?.why ?? null, look);
    return `${head}\n${details(own.filter(isRoot), look)}`;
  });
  const later = shown.filter((finding) => !isRoot(finding));
  const rest = later.length === 0 ? "" : `\nConsequences of the above:\n${details(later, look)}`;
  return `${roots.join("")}${rest}`;
}

function isRoot({ follows }: CodedFinding): boolean {
  return follows.length === 0;
}

function details(findings: readonly CodedFinding[], look: Look): string {
  const shown = new Set<string>();
  return findings
    .map((finding) => {
      const key = withoutSubject(finding);
      const isRepeated = shown.has(key) && !look.verbose;
      shown.add(key);
      return `${isRepeated ? shortText(finding, look) : findingText(finding, look)}\n`;
    })
    .join("");
}

/** Equal for findings that say the same of different programs. */
function withoutSubject(finding: CodedFinding): string {
  const { code, severity, subject, symptom, cause, evidence, repair } = finding;
  const escaped = subject.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const name = new RegExp(`(?<![\\w/.-])${escaped}(?![\\w/-])`, "g");
  const texts = [symptom, cause, ...evidence, repair.advice];
  return JSON.stringify([code, severity, ...texts.map((text) => text.replace(name, "\0"))]);
}

/** A finding that says the same as an earlier one. */
function shortText(finding: CodedFinding, look: Look): string {
  const where = placeText(finding);
  const at = where === null ? "" : `, at ${where}`;
  const text = `the same${at} (--verbose shows all of it)`;
  return [titleText(finding, look), ...labelledLines([["", [printable(text)]]], BODY, look)].join(
    "\n",
  );
}

function placeText({ place }: CodedFinding): string | null {
  return place === null ? null : `${place.file}${place.line === null ? "" : `:${place.line}`}`;
}

function titleText({ severity, code, subject }: CodedFinding, look: Look): string {
  return `  ${sign(severity, look)} ${paint(code, 1, look)} ${printable(subject)}`;
}

function headLine(
  area: Area,
  findings: readonly CodedFinding[],
  skipped: string | null,
  look: Look,
): string {
  const name = area.padEnd(9);
  const isSkipped = skipped !== null && findings.length === 0;
  if (isSkipped) return `${sign("skipped", look)} ${name} skipped: ${skipped}`;
  if (findings.length === 0) return `${sign("ok", look)} ${area}`;
  const more = skipped === null ? "" : `; the rest was skipped: ${skipped}`;
  return `${sign(worstOf(findings), look)} ${name} ${countText(findings)}${more}`;
}

/** The highest severity; "ok" without findings. */
function worstOf(findings: readonly CodedFinding[]): Severity | "ok" {
  const severities = ["error", "warning", "info"] as const;
  return severities.find((one) => findings.some(({ severity }) => severity === one)) ?? "ok";
}

/**
 * A complete finding: symptom, cause, evidence, repair.
 * @param isAsking it is shown by --fix, which describes the repair itself
 */
export function findingText(finding: CodedFinding, look: Look, isAsking = false): string {
  const { symptom, cause, evidence, repair, follows } = finding;
  const where = placeText(finding);
  const rows = [
    ["", [symptom]],
    ["why", [cause]],
    ["seen", evidence],
    ["where", where === null ? [] : [where]],
    ["after", follows.length === 0 ? [] : [`${follows.join(", ")}, which must be fixed first`]],
    ["fix", [`${repair.advice}${isAsking ? "" : howText(finding)}`]],
  ] as const;
  const shown = rows.map(([label, texts]) => [label, texts.map(printable)] as const);
  const commands = repair.commands
    .flatMap((command) => commandLines(printable(command), look.columns - 12))
    .map((line) => `${" ".repeat(12)}${line}`);
  return [titleText(finding, look), ...labelledLines(shown, BODY, look), ...commands].join("\n");
}

/** Columns of the labels of a finding, and of the texts beside them. */
const BODY = { at: 6, width: 6 } as const;

function howText({ repair: { class: kind, steps } }: CodedFinding): string {
  if (steps.length === 0) return kind === "C" ? " (by hand)" : "";
  return kind === "A" ? " (tsv doctor --fix does this)" : " (tsv doctor --fix offers this)";
}

const EDIT_INDENT = 4;

/** The changes of a class B repair to a user's file, as a diff; empty if no text is replaced. */
export function editsText(
  { repair }: Pick<CodedFinding, "repair">,
  { columns }: Pick<Look, "columns">,
): string {
  return repair.steps
    .flatMap(({ step, edited }) => {
      if (step.kind !== "file" || edited === null || edited.text === null) return [];
      // A diff of redacted texts would hide a changed password: the lines of the diff are redacted one by one.
      const hidden = new Map([...redactedLines(edited.text), ...redactedLines(step.text)]);
      const lines = textDiff(edited.text, step.text).map((line) => {
        const whole = hidden.get(line.slice(1));
        return redactConfig(whole === undefined ? line : line.slice(0, 1) + whole);
      });
      return [step.path, ...lines]
        .map((line) => printable(line.replaceAll("\t", "    ")))
        .flatMap((line) => wrapDiffLine(line, columns - EDIT_INDENT))
        .map((line) => `${" ".repeat(EDIT_INDENT)}${line}\n`);
    })
    .join("");
}

/** Lines that contain a secret only because of the option that they continue, with their redacted text. */
function redactedLines(text: string): readonly (readonly [line: string, shown: string])[] {
  const shown = redactConfig(text).split("\n");
  return text.split("\n").flatMap((line, index) => {
    const redacted = shown[index] ?? "";
    return redacted === line ? [] : [[line, redacted] as const];
  });
}

/** One line about the outcome of a finding. */
export function outcomeLine({ finding, outcome, reason }: Outcome, look: Look): string {
  const mark = outcome === "fixed" ? "ok" : finding.severity;
  const why = reason === null ? "" : `: ${printable(reason)}`;
  return `${sign(mark, look)} ${finding.code} ${printable(finding.subject)}: ${outcome}${why}`;
}
