// The pages about checks, generated from the checks: the output of `--list` and `--explain`, and the files of docs/doctor/.

import { wrapWords } from "../../core/base/wrap-words.ts";
import type { Check } from "../checks/check.ts";
import { AREAS, REPAIR_CLASSES, type RepairClass } from "../model.ts";

/** The page of a check, in Markdown. */
export function checkPage({ code, title, area, page, repairs }: Check): string {
  return `# ${code}: ${title}

Area: ${area}

## What you see

${page.symptom}

## Why

${page.cause}

## What to do

${page.repair}

${classLine(repairs)}
`;
}

function classLine(repairs: Check["repairs"]): string {
  return `Classes of its repairs: ${repairs.map(classText).join("; ")}.`;
}

function classText(one: RepairClass): string {
  return `${one} (${REPAIR_CLASSES[one].madeBy.replace(/;.*/, "")})`;
}

/** The table of classes in docs/doctor.md. */
export function classTable(): string {
  const rows = Object.entries(REPAIR_CLASSES).map(
    ([name, { does, madeBy }]) => `| ${name} | ${does} | ${madeBy} |\n`,
  );
  return `| class | the repair | made by |\n| --- | --- | --- |\n${rows.join("")}`;
}

/** The same for a terminal. */
export function checkText({ code, title, area, page, repairs }: Check, columns: number): string {
  const part = (heading: string, text: string): string => {
    const lines = text
      .replaceAll(/`([^`]*)`/g, "$1")
      .split("\n")
      .flatMap((line) => wrapWords(line, columns - 2))
      .map((line) => `  ${line}`.trimEnd());
    return `\n${heading}:\n${lines.join("\n")}\n`;
  };
  return [
    `${code}: ${title} (area ${area})\n`,
    part("What you see", page.symptom),
    part("Why", page.cause),
    part("What to do", `${page.repair}\n${classLine(repairs)}`),
  ].join("");
}

/** The table of all pages, in Markdown. */
export function pageIndex(checks: readonly Check[]): string {
  const parts = AREAS.flatMap((area) => {
    const own = checks.filter((check) => check.area === area);
    if (own.length === 0) return [];
    const rows = own.map(({ code, title }) => `- [${code}](${code}.md): ${title}`);
    return [`## ${area}\n\n${rows.join("\n")}\n`];
  });
  return `# What \`tsv doctor\` checks

Each code is stable: it means the same in every version. These pages are generated from the checks (\`make doctor-pages\`);
\`tsv doctor --explain CODE\` prints the same.

${parts.join("\n")}`;
}

/** `--list`. */
export function checkList(checks: readonly Check[]): string {
  const rows = checks.map(
    ({ code, area, title }) => `${code.padEnd(9)} ${area.padEnd(9)} ${title}\n`,
  );
  return rows.join("");
}
