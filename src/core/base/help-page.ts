// The one form of all help pages of tsv: usage, what it does, options, examples, exit statuses, within the columns of a
// terminal.

import { termLines, textColumns, wrapWords } from "./printable.ts";

/** A term and its meaning. */
export type HelpRow = readonly [term: string, meaning: string];

/** A page. Parts without rows are left out. */
export interface HelpPage {
  /** Ways to write the command, each with its meaning, or with none where there is one way. */
  readonly usage: readonly HelpRow[];
  /** Paragraphs. */
  readonly about: readonly string[];
  /** More tables, such as the commands of a face. */
  readonly tables?: readonly (readonly [title: string, rows: readonly HelpRow[]])[];
  readonly options: readonly HelpRow[];
  /** Commands that can be pasted. */
  readonly examples: readonly HelpRow[];
  /** Exit statuses: a number, or a term such as `128+N`. */
  readonly statuses: readonly (readonly [status: number | string, meaning: string])[];
}

export const HELP_OPTION: HelpRow = ["-h, --help", "show this help"];

/** The text of a page. @param columns of the terminal; null without one */
export function helpText(page: HelpPage, columns: number | null): string {
  const width = textColumns(columns);
  const parts = [
    usageLines(page.usage, width),
    ...page.about.map((paragraph) => wrapWords(paragraph, width)),
    ...(page.tables ?? []).map(([title, rows]) => table(title, rows, width)),
    table("Options", page.options, width),
    table("Examples", page.examples, width),
    table(
      "Exit status",
      page.statuses.map(([status, meaning]) => [String(status), meaning]),
      width,
    ),
  ];
  const texts = parts.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${texts.join("\n\n")}\n`;
}

function usageLines(rows: readonly HelpRow[], width: number): readonly string[] {
  const [only, ...others] = rows;
  if (only === undefined) return [];
  if (others.length === 0) return [`Usage: ${only[0]}`];
  return ["Usage:", ...termLines(rows, width)];
}

function table(title: string, rows: readonly HelpRow[], width: number): readonly string[] {
  return rows.length === 0 ? [] : [`${title}:`, ...termLines(rows, width)];
}
