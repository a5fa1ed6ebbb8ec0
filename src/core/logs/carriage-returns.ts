// Carriage returns within a line, which progress bars write: on a terminal, what is behind one would overwrite the name in
// front of the line.

const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;

/** Replaces carriage returns by blanks, in place; one at the end is a part of the line end, and stays. */
export function blankReturns(bytes: Uint8Array, from: number, to: number): void {
  const line = bytes.subarray(from, to);
  for (let at = line.indexOf(CARRIAGE_RETURN); at >= 0; at = line.indexOf(CARRIAGE_RETURN, at)) {
    if (at === line.length - 1) return;
    line[at] = BLANK;
  }
}
