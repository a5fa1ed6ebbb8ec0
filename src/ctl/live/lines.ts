// Lines of a full screen: pieces of text in styles, cut to the width of a terminal, and what changes them on it. Pure.

import { displayWidth, printable } from "../../core/base/printable.ts";
import type { Tone } from "../report.ts";

export type Style = Tone | "plain" | "strong" | "reverse";

/** A part of a line in one style. */
export type Piece = readonly [text: string, style: Style];

/** One line of a screen. Texts may contain anything: `fitted` spells control characters. */
export type ScreenLine = readonly Piece[];

export const plain = (text: string): ScreenLine => [[text, "plain"]];

/** The line without what does not fit into so many columns, and without control characters. */
export function fitted(line: ScreenLine, columns: number): ScreenLine {
  let left = columns;
  return line.map(([text, style]) => {
    const shown = printable(text);
    const cut = cutText(shown, left);
    // After a character that did not fit, a narrower one does not follow.
    left = cut === shown ? left - displayWidth(cut) : 0;
    return [cut, style];
  });
}

/** The beginning of a printable text that fits into so many columns. */
export function cutText(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Cuts a printable text into lines of so many columns. A text without characters is one line. */
export function folded(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (displayWidth(rest) > columns) {
    // A wide character on one column would never fit.
    const [first = ""] = rest;
    const line = cutText(rest, columns) || first;
    lines.push(line);
    rest = rest.slice(line.length);
  }
  return [...lines, rest];
}

/** SGR of ECMA-48: bold, reverse and the colours. NO_COLOR is about colours only. */
const CODES: Readonly<Record<Style, number>> = {
  ...{ plain: 0, strong: 1, reverse: 7 },
  ...{ good: 32, busy: 33, bad: 31 },
};
const COLOURS: readonly Style[] = ["good", "busy", "bad"];

/** The text of a line for a terminal. */
export function painted(line: ScreenLine, colours: boolean): string {
  return line
    .map(([text, style]) => {
      const isPlain = style === "plain" || text === "" || (COLOURS.includes(style) && !colours);
      return isPlain ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`;
    })
    .join("");
}

/**
 * What turns the lines on a screen into others: only lines that differ are written. A line is erased first, because after its last
 * column the cursor is still in that column, and erasing would remove it.
 * @param before empty for a screen with nothing on it
 */
export function redraw(before: readonly string[], after: readonly string[]): string {
  const rows = Math.max(before.length, after.length);
  return Array.from({ length: rows }, (_, row) => {
    const text = after[row] ?? "";
    return text === (before[row] ?? "") ? "" : `\u001b[${row + 1};1H\u001b[K${text}`;
  }).join("");
}
