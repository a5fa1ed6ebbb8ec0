// How wide the names in front of lines are: a long name does not push the lines of all off a narrow terminal.

import { displayWidth } from "../base/display-width.ts";

/** Names are padded to the longest one, up to this many columns. */
const MOST_PADDED = 24;

/** Columns of the names in front of lines. Longer ones stand out. */
export function namesWidth(names: readonly string[]): number {
  return Math.max(0, ...names.map(displayWidth).filter((width) => width <= MOST_PADDED));
}

/** A name with blanks behind it, if it is not that wide. @param width columns */
export function paddedName(name: string, width: number): string {
  return name + " ".repeat(Math.max(0, width - displayWidth(name)));
}
