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
  return PLAIN.test(text) ? text.length : [...text].length;
}

/** Fills up with blanks on the right. */
export function padRight(
  text: string,
  width: number,
  measure: (text: string) => number = codePointLength,
): string {
  return text + " ".repeat(Math.max(0, width - measure(text)));
}
