// Sentences broken into lines, for reports that people read.

/** Columns of a report where no terminal says how wide it is: those of most terminals and serial consoles. */
export const DEFAULT_COLUMNS = 80;

/** Longer lines are hard to read; in a narrower window there is no room beside the labels. */
const MOST_COLUMNS = 100;
const FEWEST_COLUMNS = 40;

/** Columns of a report on a terminal; null where there is none. Commands and paths may be longer, to be pasted whole. */
export function reportColumns(columns: number | null): number {
  return Math.min(MOST_COLUMNS, Math.max(FEWEST_COLUMNS, columns ?? DEFAULT_COLUMNS));
}

/** Breaks a text at its blanks. A word that is longer than the room stays whole. */
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
