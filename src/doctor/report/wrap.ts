// Wraps text for reports.

/** Columns of a report if the width of the terminal is unknown. */
const DEFAULT_COLUMNS = 80;

/** Longer lines are hard to read; narrower ones leave no room for the labels. */
const MOST_COLUMNS = 100;
const FEWEST_COLUMNS = 40;

/** Columns of a report on a terminal; null without a terminal. Commands and paths may be longer, so that they can be pasted. */
export function reportColumns(columns: number | null): number {
  return Math.min(MOST_COLUMNS, Math.max(FEWEST_COLUMNS, columns ?? DEFAULT_COLUMNS));
}

/** Breaks a text at spaces. A word that is longer than a line stays whole. */
export function wrapWords(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
