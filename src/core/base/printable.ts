// Makes text from outside safe for a terminal and for one line of a log. Names of processes and files may contain control
// characters, which a terminal would obey.

/**
 * C0, DEL and C1, the separators of lines and paragraphs that are no control characters, and what changes the direction
 * of text (Unicode Standard Annex 9, table 4).
 */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const CONTROL = new RegExp(CONTROLS.source, "u");

/** True when `printable` would change nothing. */
export function isPrintable(text: string): boolean {
  return !CONTROL.test(text);
}

/** Spells control characters: `\xNN`, or `\uNNNN` where two digits do not do. A line feed too. */
export function printable(text: string): string {
  return isPrintable(text) ? text : replaceControls(text, spelt);
}

/** The same, but line feeds stay. */
export function printableLines(text: string): string {
  return isPrintable(text) ? text : text.split("\n").map(printable).join("\n");
}

/** Replaces each control character. */
export function replaceControls(text: string, by: (character: string) => string): string {
  return text.replace(CONTROLS, by);
}

function spelt(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
}

/** `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

// Columns that a text takes on a terminal: Chinese, Japanese and Korean characters and most emoji take two, combining marks
// none. Scripts that read a pipe count characters instead.

const PLAIN = /^[\u0020-\u007e]*$/;
/** East Asian Width W and F: the blocks that hold nothing else, so that new characters in them need no new table. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;

/** Columns on a terminal. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const char of text) {
    if (WIDE.test(char)) width += 2;
    else if (!ZERO.test(char)) width += 1;
  }
  return width;
}

/** Characters as Python counts them, and as its `%-10s` pads. */
export function codePointLength(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0xd800 || code > 0xdbff) continue;
    const next = text.charCodeAt(index + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

/** Fills up with blanks on the right. */
export function padRight(
  text: string,
  width: number,
  measure: (text: string) => number = codePointLength,
): string {
  return text + " ".repeat(Math.max(0, width - measure(text)));
}

// Wraps sentences at blanks for a terminal.

/** Columns of a terminal by default. */
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

// The one order of strings that users see: by code point, as Python sorts them and never by locale. JavaScript's own
// operators compare UTF-16 units, which puts "\uffff" after every character beyond the first 65 536.

/** For `sort`: by code points. */
export function compareText(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    if (left.charCodeAt(at) !== right.charCodeAt(at)) {
      // Units that differ may be halves of longer code points; whole code points decide.
      const low = isLowSurrogate(left, at) && isLowSurrogate(right, at) ? at - 1 : at;
      return (left.codePointAt(low) ?? 0) - (right.codePointAt(low) ?? 0);
    }
  }
  return left.length - right.length;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff;
}
