// Text of a record in the activity log. A record is one line: a line feed in a name, a message or an external reply is written
// as `\n`. Text with intended line feeds has its own type. All lines but the first are indented, so that none of them can be
// mistaken for a record.

import { printable } from "../base/printable.ts";

/** A record of several lines. All but the first are shown indented. */
class LogLines {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  toString(): string {
    return this.lines.join("\n");
  }
}

export type LogText = string | LogLines;

const INDENT = "    ";

/** A text of several lines, such as a stack. */
export function linesOf(text: string): LogLines {
  return new LogLines(text.replace(/\n+$/, "").split("\n"));
}

/** The lines as they are written: no control characters, all but the first indented by four blanks. */
export function writtenLines(text: LogText): readonly string[] {
  const [first = "", ...rest] = typeof text === "string" ? [text] : text.lines;
  return [
    written(first),
    ...rest.map((line) => INDENT + written(line.replace(/^(?: {1,4}|\t)/, ""))),
  ];
}

function written(line: string): string {
  return printable(line.replaceAll("\n", "\\n"));
}
