// The width of the names before lines. A long name does not push the lines of all programs off a narrow terminal.

import { displayWidth } from "../base/display-width.ts";

/** Names are padded to the longest one, up to this many columns. */
const MOST_PADDED = 24;

/** Columns of the names before lines. Longer names exceed this width. */
export function namesWidth(names: readonly string[]): number {
  return Math.max(0, ...names.map(displayWidth).filter((width) => width <= MOST_PADDED));
}

/** Pads a name with blanks at its end. @param width minimum columns */
export function paddedName(name: string, width: number): string {
  return name + " ".repeat(Math.max(0, width - displayWidth(name)));
}
