// The pages about checks, docs/doctor/CODE.md, for a terminal, and the output of `--list`.

import { wrapWords } from "../../core/base/printable.ts";
import type { ListedCheck } from "../checks/check.ts";

/**
 * A page for a terminal.
 * @param page the Markdown that is used in docs/doctor: headings, paragraphs and `code`
 */
export function pageText(page: string, columns: number): string {
  const headed = page.replace(/^(# .*)\n+Area: (\w+)\n/, "$1 (area $2)\n");
  const blocks = headed
    .trim()
    .replaceAll("`", "")
    .split(/\n{2,}/);
  const lines = blocks.flatMap((block) => {
    const [, level = "", heading = ""] = /^(#+) (.*)$/.exec(block) ?? [];
    if (level === "#") return [heading];
    if (level !== "") return ["", `${heading}:`];
    return wrapWords(block.replaceAll("\n", " "), columns - 2).map((line) => `  ${line}`);
  });
  return `${lines.join("\n")}\n`;
}

/** `--list`. @param pageOf the page of a code, whose heading is its title */
export function checkList(
  checks: readonly ListedCheck[],
  pageOf: (code: string) => string,
): string {
  const rows = checks.map(({ code, area }) => {
    const title = /^# [^:]*: (.*)/.exec(pageOf(code))?.[1] ?? "";
    return `${code.padEnd(9)} ${area.padEnd(9)} ${title}\n`;
  });
  return rows.join("");
}
