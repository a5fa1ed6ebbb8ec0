// Plans, differences and progress as people read them.

import { jsonText } from "../../core/base/json-text.ts";
import { describeSubject } from "../plan/describe.ts";
import { isShown, type Plan, type PlannedStep } from "../plan/steps.ts";
import { textDiff } from "../plan/text-diff.ts";

/** A table of what is there now and what will be. */
export function planTable({ steps }: Plan): string {
  const rows = steps
    .filter(isShown)
    .map(({ step, now, will }) => [describeSubject(step), now, will] as const);
  const head = ["", "now", "will be"] as const;
  const widths = [0, 1].map((column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) => {
      const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
      return `  ${cells.join("  ")}`.trimEnd();
    })
    .join("\n");
}

/** What of somebody else's a step replaces, line by line. */
export function editTable({ edited, step }: PlannedStep): string {
  if (edited === null) return "";
  const { path, text } = edited;
  const head = `${path} is not as tsv would have it, and somebody else wrote it or edited it.`;
  if (text === null || step.kind !== "file") return `${head} It would be replaced.`;
  const lines = textDiff(text, step.text).map((line) => `    ${line}`);
  return `${head} What would change:\n${lines.join("\n")}`;
}

/** The same plan for programs. Texts of files are in it, so that somebody can check them before. */
export function planJson(plan: Plan, more: object): string {
  const steps = plan.steps.filter(isShown).map(({ step, now, will, edited, mayFail }) => ({
    ...step,
    now,
    will,
    mayFail,
    replacesEdited: edited !== null,
  }));
  return `${jsonText({ ...more, steps, remarks: plan.remarks }, 2)}\n`;
}

/** `  note: ...` for each remark. */
export function remarkLines(remarks: readonly string[]): string {
  return remarks.map((remark) => `note: ${remark}\n`).join("");
}
