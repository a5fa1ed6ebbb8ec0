// Splits the input of a terminal into keys: a character, a control character, or the sequence of a function key.

const ESCAPE = 0x1b;
const CSI = 0x5b;
const SS3 = 0x4f;

/** The key that starts at `at`. A sequence that is cut short ends where the bytes end. */
export function keyAt(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at, at + keyLength(bytes.subarray(at)));
}

function keyLength(bytes: Buffer): number {
  const [first = 0, second] = bytes;
  if (first === ESCAPE && second === CSI) return 2 + untilFinal(bytes.subarray(2));
  if (first === ESCAPE && second === SS3) return 3;
  if (first === ESCAPE && second !== undefined) return second === ESCAPE ? 1 : 2;
  // A lead byte of UTF-8 and what continues it.
  let length = 1;
  while (first >= 0xc0 && ((bytes[length] ?? 0) & 0xc0) === 0x80) length += 1;
  return length;
}

/** Parameters up to and with the letter that ends them: ECMA-48, 5.4. Linux's console has a second `[` before F1 to F5. */
function untilFinal(bytes: Buffer): number {
  const start = bytes[0] === CSI ? 1 : 0;
  const at = bytes.subarray(start).findIndex((byte) => byte >= 0x40 && byte <= 0x7e);
  return at < 0 ? bytes.length : start + at + 1;
}
