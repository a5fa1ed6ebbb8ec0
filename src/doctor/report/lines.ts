// Lines of reports: signs, colours, and texts that are wrapped beside their labels.

import { wrapWords } from "../../core/base/printable.ts";
import type { Severity } from "../model.ts";

/** The format of lines. */
export interface Look {
  /** Whether the terminal supports UTF-8: ✓ ! ✗ ·, otherwise words. */
  readonly unicode: boolean;
  readonly colours: boolean;
  /** Include notes, and show findings in full that say the same as earlier ones. */
  readonly verbose: boolean;
  /** Only findings and the verdict. */
  readonly quiet: boolean;
  /** How wide lines may be. */
  readonly columns: number;
}

type Mark = "ok" | "skipped" | Severity;

const SIGNS: Readonly<Record<Mark, readonly [unicode: string, ascii: string, colour: number]>> = {
  ok: ["✓", "ok", 32],
  skipped: ["–", "--", 36],
  info: ["·", "--", 36],
  warning: ["!", "!!", 33],
  error: ["✗", "xx", 31],
};

export function sign(mark: Mark, look: Look): string {
  const [unicode, ascii, colour] = SIGNS[mark];
  return paint(look.unicode ? unicode : ascii, colour, look);
}

/** @param colour a parameter of SGR: 1 for bold, 31 for red */
export function paint(text: string, colour: number, { colours }: Look): string {
  return colours ? `\x1b[${colour}m${text}\x1b[0m` : text;
}

/** Texts after their label, which is at a column and has a width. A row without texts has no lines. */
export function labelledLines(
  rows: readonly (readonly [label: string, texts: readonly string[]])[],
  { at, width }: { readonly at: number; readonly width: number },
  { columns }: Pick<Look, "columns">,
): readonly string[] {
  return rows.flatMap(([label, texts]) =>
    texts.flatMap((text, index) => {
      const lead = " ".repeat(at) + (index === 0 ? label : "").padEnd(width);
      // Lines of a log are not wrapped.
      return text.startsWith("| ") ? [lead + text] : wrapAfter(lead, text, columns);
    }),
  );
}

/** A text after the beginning of its first line, wrapped. */
export function wrapAfter(lead: string, text: string, columns: number): readonly string[] {
  const lines = wrapWords(text, columns - lead.length);
  return lines.map((line, index) => (index === 0 ? lead : " ".repeat(lead.length)) + line);
}

/** A command stays whole, because it is there to be pasted; a comment among commands is wrapped as comments. */
export function commandLines(command: string, columns: number): readonly string[] {
  return command.startsWith("# ") ? wrapWords(command, columns, "#   ") : [command];
}
