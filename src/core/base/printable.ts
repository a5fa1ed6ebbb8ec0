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
