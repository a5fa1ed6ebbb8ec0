// Sentences broken into lines, for reports that people read.

/** Columns of a report. Commands and paths may be longer: a broken one cannot be pasted. */
export const WIDTH = 100;

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
