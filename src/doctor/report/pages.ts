// The documents about checks, made from the checks themselves: what `--list` and `--explain` print and docs/doctor/ holds.

import type { Check } from "../checks/check.ts";
import { AREAS } from "../model.ts";

/** The page of a check, in Markdown. */
export function checkPage({ code, title, area, page }: Check): string {
  return `# ${code}: ${title}

Area: ${area}

## What you see

${page.symptom}

## Why

${page.cause}

## What to do

${page.repair}
`;
}

/** The table of all pages, in Markdown. */
export function pageIndex(checks: readonly Check[]): string {
  const parts = AREAS.flatMap((area) => {
    const own = checks.filter((check) => check.area === area);
    if (own.length === 0) return [];
    const rows = own.map(({ code, title }) => `- [${code}](${code}.md): ${title}`);
    return [`## ${area}\n\n${rows.join("\n")}\n`];
  });
  return `# What \`tsv doctor\` looks at

Each code is stable: it means the same in every version. These pages are made from the checks (\`make doctor-pages\`);
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
