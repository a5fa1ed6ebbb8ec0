// A diagnosis as people read it: one line per area, details only where something is wrong, the verdict last.

import { printable } from "../../core/base/printable.ts";
import { textDiff } from "../../install/plan/text-diff.ts";
import { AREAS, type Area, type CodedFinding, type Diagnosis, type Severity } from "../model.ts";
import { redactConfig } from "../redact/config.ts";
import { WIDTH, wrapWords } from "./wrap.ts";

/** How lines are to look. */
export interface Look {
  /** The terminal shows UTF-8: ✓ ! ✗ ·, else words. */
  readonly unicode: boolean;
  readonly colours: boolean;
  /** Also what is only worth knowing, and what every area has checked. */
  readonly verbose: boolean;
  /** Only what is wrong, and the verdict. */
  readonly quiet: boolean;
}

/** What became of a finding after --fix. */
export type Outcome = "fixed" | "still there" | "needs you";

type Mark = "ok" | "info" | Severity;

const SIGNS: Readonly<Record<Mark, readonly [unicode: string, ascii: string, colour: number]>> = {
  ok: ["✓", "ok", 32],
  info: ["·", "--", 36],
  warning: ["!", "!!", 33],
  error: ["✗", "xx", 31],
};

/** The lines for every area that was looked at, in order. */
export function reportText({ findings, unseen, checked }: Diagnosis, look: Look): string {
  const shown = findings.filter(({ severity }) => look.verbose || severity !== "info");
  const areas = AREAS.filter((area) => checked.some((check) => check.area === area));
  return areas
    .map((area) => {
      const own = shown.filter((finding) => finding.area === area);
      const hidden = unseen.filter((one) => one.area === area);
      if (look.quiet && own.length === 0) return "";
      const head = headLine(area, own, look);
      const details = own.map((finding) => `${findingText(finding, look)}\n`);
      const notes = Array.from(new Set(hidden.map(({ what }) => what))).map(
        (what) => `${indent(2)}${sign("info", look)} could not see ${what}\n`,
      );
      return `${head}\n${details.join("")}${look.quiet ? "" : notes.join("")}`;
    })
    .join("");
}

function headLine(area: Area, findings: readonly CodedFinding[], look: Look): string {
  const worst = worstOf(findings);
  if (findings.length === 0) return `${sign("ok", look)} ${area}`;
  const counts = countText(findings);
  return `${sign(worst, look)} ${area.padEnd(9)} ${counts}`;
}

/** The worst severity; "ok" for none. */
function worstOf(findings: readonly CodedFinding[]): Mark {
  for (const severity of ["error", "warning", "info"] as const) {
    if (findings.some((finding) => finding.severity === severity)) return severity;
  }
  return "ok";
}

/** One finding whole: what, why, what was seen, what to do. */
export function findingText(finding: CodedFinding, look: Look): string {
  const { code, subject, severity, symptom, cause, evidence, place, repair } = finding;
  const where =
    place === null ? [] : [`${place.file}${place.line === null ? "" : `:${place.line}`}`];
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["", [symptom]],
    ["why", [cause]],
    ["seen", evidence],
    ["where", where],
    ["fix", [`${repair.advice}${howText(finding)}`]],
  ];
  const title = `${indent(2)}${sign(severity, look)} ${paint(code, 1, look)} ${printable(subject)}`;
  const body = rows.flatMap(([label, texts]) =>
    texts.flatMap((text, index) => wrapped(index === 0 ? label : "", printable(text))),
  );
  const commands = repair.commands.map((command) => `${indent(12)}${printable(command)}`);
  return [title, ...body, ...commands].join("\n");
}

function howText({ repair: { class: kind, steps } }: CodedFinding): string {
  if (steps.length === 0) return kind === "C" ? " (by hand)" : "";
  return kind === "A" ? " (--fix does it)" : " (--fix asks, --fix --yes does it)";
}

/** Lines of a log stay as they are. */
function wrapped(label: string, text: string): readonly string[] {
  if (text.startsWith("| ")) return [`${indent(12)}${text}`];
  return wrapWords(text, WIDTH - 12).map(
    (line, index) => `${indent(6)}${(index === 0 ? label : "").padEnd(6)}${line}`,
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

/** The last line: how many of what, and what to do next. */
export function verdict(diagnosis: Diagnosis, again: Again): string {
  const { findings, unseen } = diagnosis;
  const bad = findings.filter(({ severity }) => severity !== "info");
  const more = unseen.length === 0 ? "" : "; some things could not be seen";
  if (bad.length === 0) {
    const next = more !== "" && again.needsSudo ? ` Next: ${commandLine(again, "")}` : "";
    return `No problems found${more}.${next}\n`;
  }
  const isFixable = bad.some(({ repair }) => repair.steps.length > 0);
  const worst = bad.find(({ severity }) => severity === "error") ?? bad[0];
  const next =
    isFixable && again.fix !== null
      ? commandLine(again, again.fix)
      : `see "fix" above, or tsv doctor --explain ${worst?.code ?? ""}`;
  return `${countText(bad)}${more}. Next: ${next}\n`;
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

/** One line for what became of a finding. */
export function outcomeLine(finding: CodedFinding, outcome: Outcome, look: Look): string {
  const mark = outcome === "fixed" ? "ok" : finding.severity;
  return `${sign(mark, look)} ${finding.code} ${printable(finding.subject)}: ${outcome}`;
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
