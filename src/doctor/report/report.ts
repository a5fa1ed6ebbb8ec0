// A diagnosis as people read it: what was examined, one line per area, details only where something is wrong, root causes
// before what follows from them, the verdict last.

import { printable } from "../../core/base/printable.ts";
import { textDiff } from "../../install/plan/text-diff.ts";
import { AREAS, type Area, type CodedFinding, type Diagnosis, type Severity } from "../model.ts";
import { redactConfig } from "../redact/config.ts";
import type { Examination } from "./examination.ts";
import { wrapWords } from "./wrap.ts";

/** How lines are to look. */
export interface Look {
  /** The terminal shows UTF-8: ✓ ! ✗ ·, else words. */
  readonly unicode: boolean;
  readonly colours: boolean;
  /** Also what is only worth knowing, and what every area has checked. */
  readonly verbose: boolean;
  /** Only what is wrong, and the verdict. */
  readonly quiet: boolean;
  /** How wide lines may be. */
  readonly columns: number;
}

/** What became of a finding after --fix. */
export type Outcome = "fixed" | "failed" | "still there" | "needs you";

type Mark = "ok" | "skipped" | "info" | Severity;

const SIGNS: Readonly<Record<Mark, readonly [unicode: string, ascii: string, colour: number]>> = {
  ok: ["✓", "ok", 32],
  skipped: ["–", "--", 36],
  info: ["·", "--", 36],
  warning: ["!", "!!", 33],
  error: ["✗", "xx", 31],
};

/** What was examined, and what could not be seen of it. */
export function headText(
  { configuration, daemon, others }: Examination,
  { unseen }: Diagnosis,
  look: Look,
): string {
  const hidden = Array.from(new Set(unseen.map(({ what }) => what)));
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["config", [configuration]],
    ["daemon", [daemon, ...others]],
    ["not seen", hidden],
  ];
  return rows
    .flatMap(([label, texts]) =>
      texts.flatMap((text, index) =>
        labelled(index === 0 ? label : "", printable(text), { at: 0, width: 10 }, look),
      ),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** The lines for every area that was looked at, in order, then what follows from the findings in them. */
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
  const rest = later.length === 0 ? "" : `\nThis follows from the above:\n${details(later, look)}`;
  return `${roots.join("")}${rest}`;
}

function isRoot({ follows }: CodedFinding): boolean {
  return follows.length === 0;
}

function details(findings: readonly CodedFinding[], look: Look): string {
  return findings.map((finding) => `${findingText(finding, look)}\n`).join("");
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

/** The worst severity; "ok" for none. */
function worstOf(findings: readonly CodedFinding[]): Mark {
  for (const severity of ["error", "warning", "info"] as const) {
    if (findings.some((finding) => finding.severity === severity)) return severity;
  }
  return "ok";
}

/**
 * One finding whole: what, why, what was seen, what to do.
 * @param isAsking it is shown by --fix, which says itself what it does
 */
export function findingText(finding: CodedFinding, look: Look, isAsking = false): string {
  const { code, subject, severity, symptom, cause, evidence, place, repair, follows } = finding;
  const where =
    place === null ? [] : [`${place.file}${place.line === null ? "" : `:${place.line}`}`];
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["", [symptom]],
    ["why", [cause]],
    ["seen", evidence],
    ["where", where],
    ["after", follows.length === 0 ? [] : [`${follows.join(", ")}, which is to be fixed first`]],
    ["fix", [`${repair.advice}${isAsking ? "" : howText(finding)}`]],
  ];
  const title = `${indent(2)}${sign(severity, look)} ${paint(code, 1, look)} ${printable(subject)}`;
  const body = rows.flatMap(([label, texts]) =>
    texts.flatMap((text, index) => wrapped(index === 0 ? label : "", printable(text), look)),
  );
  const commands = repair.commands.map((command) => `${indent(12)}${printable(command)}`);
  return [title, ...body, ...commands].join("\n");
}

function howText({ repair: { class: kind, steps } }: CodedFinding): string {
  if (steps.length === 0) return kind === "C" ? " (by hand)" : "";
  return kind === "A" ? " (tsv doctor --fix does this)" : " (tsv doctor --fix offers this)";
}

/** Lines of a log stay as they are. */
function wrapped(label: string, text: string, look: Look): readonly string[] {
  if (text.startsWith("| ")) return [`${indent(12)}${text}`];
  return labelled(label, text, { at: 6, width: 6 }, look);
}

/** A text behind its label, at a column, broken into lines. */
function labelled(
  label: string,
  text: string,
  { at, width }: { readonly at: number; readonly width: number },
  { columns }: Look,
): readonly string[] {
  return wrapWords(text, columns - at - width).map(
    (line, index) => `${indent(at)}${(index === 0 ? label : "").padEnd(width)}${line}`,
  );
}

/** How doctor is called again. */
export interface Again {
  /** Not root, who sees and may do more. */
  readonly needsSudo: boolean;
  /** What was asked for this time: `--config /etc/x.conf socket`; may be empty. */
  readonly words: string;
  /** What would mend what can be mended: `--fix`; null when that was tried just now. */
  readonly fix: string | null;
}

/** The last line: how many of what, and what to do next. @param examination null where only the findings count */
export function verdict(
  diagnosis: Diagnosis,
  again: Again,
  examination: Pick<Examination, "isDown">,
): string {
  const { findings, unseen } = diagnosis;
  const bad = findings.filter(({ severity }) => severity !== "info");
  const more = unseen.length === 0 ? "" : "; some things could not be seen";
  if (bad.length === 0) return nothingFound(diagnosis, again, examination);
  const isFixable = bad.some(({ repair }) => repair.steps.length > 0);
  // Root causes come first.
  const worst = bad.find(({ severity }) => severity === "error") ?? bad[0];
  const next =
    isFixable && again.fix !== null
      ? commandLine(again, again.fix)
      : `see "fix" above, or tsv doctor --explain ${worst?.code ?? ""}`;
  return `${countText(bad)}${more}. Next: ${next}\n`;
}

/** Never more than what was seen allows. */
function nothingFound(
  { unseen, skipped, checked }: Diagnosis,
  again: Again,
  { isDown }: Pick<Examination, "isDown">,
): string {
  const sudo = again.needsSudo ? ` Next: ${commandLine(again, "")}` : "";
  if (skipped.length > 0) {
    const names = skipped.map(({ area }) => area).join(", ");
    const isAll = checked.every(({ area }) => skipped.some((one) => one.area === area));
    const what = isAll ? "Nothing could be checked" : "No problems found in the rest";
    return `${what}: ${names} skipped, because ${skipped[0]?.why ?? ""}.${sudo || " Next: tsv doctor"}\n`;
  }
  const more = unseen.length === 0 ? "" : "; some things could not be seen";
  const next = more === "" ? "" : sudo;
  return isDown
    ? `No problems found here${more}, but no daemon runs with this configuration.${next || " Next: tsv doctor socket"}\n`
    : `No problems found${more}.${next}\n`;
}

function commandLine({ needsSudo, words }: Again, fix: string): string {
  return [needsSudo ? "sudo" : "", "tsv doctor", words, fix].filter((one) => one !== "").join(" ");
}

function countText(findings: readonly CodedFinding[]): string {
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    const word = severity === "info" ? "remark" : severity;
    return n === 0 ? [] : [`${n} ${word}${n === 1 ? "" : "s"}`];
  });
  return counts.join(", ");
}

/** What class B would do to a user's file, line by line; empty where no text is replaced. */
export function editsText({ repair }: CodedFinding): string {
  return repair.steps
    .flatMap(({ step, edited }) => {
      if (step.kind !== "file" || edited === null || edited.text === null) return [];
      // A diff of redacted texts would hide that a password changes: its lines are redacted one by one.
      const hidden = new Map([...redactedLines(edited.text), ...redactedLines(step.text)]);
      const lines = textDiff(edited.text, step.text).map((line) => {
        const whole = hidden.get(line.slice(1));
        return redactConfig(whole === undefined ? line : line.slice(0, 1) + whole);
      });
      return [step.path, ...lines].map(
        (line) => `    ${printable(line.replaceAll("\t", "    "))}\n`,
      );
    })
    .join("");
}

/** Lines that hold a secret only by the option that they continue, with what is shown of them. */
function redactedLines(text: string): readonly (readonly [line: string, shown: string])[] {
  const shown = redactConfig(text).split("\n");
  return text.split("\n").flatMap((line, index) => {
    const redacted = shown[index] ?? "";
    return redacted === line ? [] : [[line, redacted] as const];
  });
}

/** One line for what became of a finding. @param reason why its repair failed */
export function outcomeLine(
  finding: CodedFinding,
  outcome: Outcome,
  reason: string | null,
  look: Look,
): string {
  const mark = outcome === "fixed" ? "ok" : finding.severity;
  const why = reason === null ? "" : `: ${printable(reason)}`;
  return `${sign(mark, look)} ${finding.code} ${printable(finding.subject)}: ${outcome}${why}`;
}

function sign(mark: Mark, look: Look): string {
  const [unicode, ascii, colour] = SIGNS[mark];
  return paint(look.unicode ? unicode : ascii, colour, look);
}

function paint(text: string, colour: number, { colours }: Look): string {
  return colours ? `\x1b[${colour}m${text}\x1b[0m` : text;
}

function indent(columns: number): string {
  return " ".repeat(columns);
}
