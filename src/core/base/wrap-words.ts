// Wraps sentences at blanks for a terminal.

/** Columns of a terminal that says nothing else. */
export const USUAL_COLUMNS = 80;
/** Longer lines are hard to read. */
const MOST_COLUMNS = 100;
const FEWEST_COLUMNS = 20;

/** Columns of text on a terminal that has this many; null where nothing is known of it. */
export function textColumns(columns: number | null): number {
  return Math.max(FEWEST_COLUMNS, Math.min(columns ?? USUAL_COLUMNS, MOST_COLUMNS));
}

/**
 * Breaks a text at its blanks. A word that is longer than the room stays whole: a broken path cannot be pasted.
 * @param indent stands before every line but the first, and counts
 */
export function wrapWords(text: string, columns: number, indent = ""): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const room = lines.length === 0 ? columns : columns - indent.length;
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each, index) => (index === 0 ? each : indent + each));
}

/** Where the second column of a table has less room than this, it goes below the first. */
const LEAST_ROOM = 30;

/** A table of terms and what they mean: meanings are wrapped beside their terms, or below them where it is narrow. */
export function termLines(
  rows: readonly (readonly [term: string, meaning: string])[],
  columns: number,
): readonly string[] {
  const usual = rows.map(([term]) => term.length).filter((length) => length <= columns / 2 - 4);
  const width = Math.max(0, ...usual);
  const room = columns - width - 4;
  return rows.flatMap(([term, meaning]) => {
    if (meaning === "") return [`  ${term}`];
    const isBelow = room < LEAST_ROOM || term.length > width;
    const indent = isBelow ? 6 : width + 4;
    const lines = wrapWords(meaning, columns - indent);
    if (isBelow) return [`  ${term}`, ...lines.map((line) => " ".repeat(indent) + line)];
    const [first = "", ...others] = lines;
    return [
      `  ${term.padEnd(width)}  ${first}`,
      ...others.map((line) => " ".repeat(indent) + line),
    ];
  });
}
