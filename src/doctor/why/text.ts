// Formats an explanation as text and as JSON.

import { displayName } from "../../core/base/ids.ts";
import { printable } from "../../core/base/printable.ts";
import { formatDuration, pluralize } from "../../core/why/describe-state.ts";
import { describeRun } from "../../core/why/exit-status.ts";
import { explained } from "../../core/why/explanation.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import { findingJson } from "../report/json.ts";
import { commandLines, type Look, labelledLines, wrapAfter } from "../report/lines.ts";
import { findingText } from "../report/report.ts";
import type { Explanation } from "./model.ts";

const PROBLEMS = {
  none: "",
  missing: " was removed, with all its output",
  unreadable: " cannot be read by this user",
} as const;

/** @param timeText formats seconds since 1970 in the host's time zone */
export function whyText(
  explanation: Explanation,
  look: Look,
  timeText: (seconds: number) => string,
): string {
  const { history, state, summary, output, kill, notes, unknown, findings, advice } = explanation;
  const rows: string[] = [];
  const row = (label: string, texts: readonly string[]): void => {
    rows.push(...labelledLines([[label, texts]], { at: 2, width: 13 }, look));
  };
  const name = displayName(explanation.group, explanation.name);
  const head = `${name}: ${state ?? "unknown state"}${describeSince(history, timeText)}`;
  rows.push(...wrapAfter("  ", summary, look.columns));
  if (history !== null) {
    const { startCause, nextStart, health, scaled, exits, older } = explained(history, timeText);
    const filled = (text: string): readonly string[] => (text === "" ? [] : [text]);
    const lastStart = [timeText(history.start), ...filled(startCause)].join(", ");
    row("last start", history.start === 0 ? [] : [lastStart]);
    row("next start", filled(nextStart));
    row(
      "waits for",
      explanation.waitsFor.map((one) => `${one.name}: ${one.text}`),
    );
    row("health", health);
    row("scaled", filled(scaled));
    const last = exits.map(({ end, text, times }) => {
      const more = times === 1 ? "" : `, and ${pluralize(times - 1, "time")} before`;
      return `${timeText(end)} ${text}${more}`;
    });
    row("last exits", older === "" ? last : [...last, `(${older})`]);
  }
  row("killed by", kill === null ? [] : [kill.text, ...kill.evidence]);
  if (output !== null) {
    row("last output", [`${printable(output.path)}${PROBLEMS[output.problem ?? "none"]}`]);
    if (output.lines?.length === 0)
      row("", [output.isOfLastRun ? "(nothing of the last run)" : "(empty)"]);
    rows.push(...(output.lines ?? []).map((line) => `    | ${line}`));
  }
  if (explanation.clue !== null) row("meaning", [`${explanation.clue.meaning}`]);
  row("note", notes);
  row("unknown", unknown);
  const found = findings.map((finding) => `${findingText(finding, look)}\n`);
  return [
    `${head}\n${rows.map((line) => `${line}\n`).join("")}`,
    found.length === 0 ? "" : `\n${found.join("\n")}`,
    adviceText(advice, look),
  ].join("");
}

function describeSince(
  history: ProgramHistory | null,
  timeText: (seconds: number) => string,
): string {
  if (history === null || history.start === 0) return "";
  const isUp = ["RUNNING", "STARTING", "STOPPING"].includes(history.state);
  const since = isUp ? history.start : (history.runs.at(-1)?.end ?? history.start);
  const span = formatDuration(Math.max(0, history.now - since) * 1000);
  return ` since ${timeText(since)} (${span})`;
}

function adviceText(advice: Explanation["advice"], look: Look): string {
  if (advice.length === 0) return "";
  const lines = advice.flatMap(({ text, commands }, index) => [
    ...wrapAfter(`  ${index + 1}. `, text, look.columns),
    ...commands
      .flatMap((command) => commandLines(command, look.columns - 7))
      .map((line) => `       ${line}`),
  ]);
  return `\nWhat to do:\n${lines.join("\n")}\n`;
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}

function scheduleOf(history: ProgramHistory | null): object | null {
  if (history === null || history.schedule === "") return null;
  const { schedule, nextRun, isSuspended, isQueued } = history;
  const next = nextRun === 0 ? null : nextRun;
  return { text: schedule, next, suspended: isSuspended, queued: isQueued };
}

function outputOf(output: Explanation["output"]): object | null {
  if (output === null) return null;
  const { path, channel, lines, problem, isOfLastRun } = output;
  return { path, channel, lines, problem, ofLastRun: isOfLastRun };
}

/** The same for programs; members are only ever added. Times are seconds since 1970. */
export function whyData(explanation: Explanation): object {
  const { history, findings, kill, clue } = explanation;
  return {
    name: displayName(explanation.group, explanation.name),
    group: explanation.group,
    process: explanation.name,
    state: explanation.state,
    summary: explanation.summary,
    pid: history?.pid ?? null,
    lastStart: history === null || history.start === 0 ? null : history.start,
    lastStartCause: history === null || history.cause === "" ? null : history.cause,
    restartReason: textOrNull(history?.restartReason),
    waits: textOrNull(history?.waits),
    awaits: textOrNull(history?.awaits),
    waitsFor: explanation.waitsFor.map(({ name, state, text }) => ({ name, state, text })),
    blockedBy: textOrNull(history?.blockedBy),
    unready: textOrNull(history?.unready),
    said: textOrNull(history?.said),
    health: history?.health ?? null,
    scaled: history?.scaled ?? null,
    failures: history?.failures ?? null,
    nextStartMs: history?.nextStart ?? null,
    schedule: scheduleOf(history),
    endedRuns: history?.total ?? null,
    exits: (history?.runs ?? []).map((run) => ({ ...run, meaning: describeRun(run) })),
    killed: kill === null ? null : { by: kill.by, text: kill.text, evidence: kill.evidence },
    output: outputOf(explanation.output),
    clue: clue === null ? null : { line: clue.line, meaning: clue.meaning },
    findings: findings.map(findingJson),
    remarks: explanation.notes,
    unknown: explanation.unknown,
    advice: explanation.advice,
  };
}
