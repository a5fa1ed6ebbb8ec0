// A long text as its bytes, such as a part of a log. As a string it would take up to twice the memory, in V8's heap, and
// decoding it would take one long turn: it is decoded a piece at a time where it is written.

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Shorter texts are strings. In bytes. */
const LONG = 64 * 1024;

/** Text in UTF-8; what is not UTF-8 reads as U+FFFD. The bytes must not change. */
export class Utf8Text {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** All of it as one string. */
  toString(): string {
    return DECODER.decode(this.bytes);
  }
}

/** Bytes as a text: a string when they are few. */
export function textOfBytes(bytes: Uint8Array): string | Utf8Text {
  return bytes.length < LONG ? DECODER.decode(bytes) : new Utf8Text(bytes);
}
