// The colours of programs on a terminal: readable on dark and on light ground, and the same for a name in every run.

/** Parameters of SGR: cyan, yellow, green, magenta, blue, and their bright forms. Red is for what is wrong. */
const COLOURS = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"];

/** Of tsv's own lines: bold, in whatever colour text has. */
export const OWN_COLOUR = "1";

/** A colour for each name, in the order of the names; beyond ten they repeat. */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    [...new Set(names)].map((name, index) => [name, COLOURS[index % COLOURS.length] ?? "36"]),
  );
}
