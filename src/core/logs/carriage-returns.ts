// Carriage returns within a line, as progress bars write them. On a terminal, the text after a carriage return would overwrite
// the name before the line.

const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;

/** Replaces carriage returns with blanks, in place. A carriage return at the end is a part of the line end, and stays. */
export function blankReturns(bytes: Uint8Array, from: number, to: number): void {
  const line = bytes.subarray(from, to);
  for (let at = line.indexOf(CARRIAGE_RETURN); at >= 0; at = line.indexOf(CARRIAGE_RETURN, at)) {
    if (at === line.length - 1) return;
    line[at] = BLANK;
  }
}
