// Reads the status of an HTTP/1.x reply from a byte stream with arbitrary chunk borders, and no body. Stricter than ctl's
// parser (http-reply.ts): what a check reads can be any program's, and may never end.

/** Of all heads together: a reply may follow others with a status below 200. */
const MAX_HEAD = 16 * 1024;

const BEGIN = "HTTP/1.";
const STATUS_LINE = /^HTTP\/1\.\d +([1-9]\d\d)(?:[ \t].*)?$/;
/** A field, or the continuation of the one before. */
const HEADER_LINE = /^(?:[\w!#$%&'*+.^`|~-]+[ \t]*:|[ \t])/;

/** A status, or what came instead of it. */
export type HttpStatus = number | "garbage" | "too long";

export class HttpStatusReader {
  #line = "";
  #size = 0;
  /** Of the head that is being read; null before its first line is complete. */
  #status: number | null = null;

  /** @returns null as long as the head is not complete. Nothing may follow another answer. */
  push(bytes: Uint8Array): HttpStatus | null {
    const part = bytes.subarray(0, MAX_HEAD + 1 - this.#size);
    const text = Buffer.from(part.buffer, part.byteOffset, part.length).toString("latin1");
    let at = 0;
    for (let lf = text.indexOf("\n"); lf >= 0; lf = text.indexOf("\n", at)) {
      const line = this.#line + text.slice(at, lf);
      this.#line = "";
      at = lf + 1;
      const found = this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (found !== null) return found;
    }
    const isNew = this.#line.length < BEGIN.length;
    this.#line += text.slice(at);
    this.#size += text.length;
    if (isNew && this.#status === null && !isBeginning(this.#line)) return "garbage";
    return this.#size > MAX_HEAD ? "too long" : null;
  }

  #take(line: string): HttpStatus | null {
    if (this.#status === null) {
      const [, status] = STATUS_LINE.exec(line) ?? [];
      if (status === undefined) return "garbage";
      this.#status = Number(status);
      return null;
    }
    if (line !== "") return HEADER_LINE.test(line) ? null : "garbage";
    const status = this.#status;
    this.#status = null;
    // The reply itself follows. 101 has none after it.
    return status < 200 && status !== 101 ? null : status;
  }
}

function isBeginning(line: string): boolean {
  return BEGIN.startsWith(line.slice(0, BEGIN.length));
}
