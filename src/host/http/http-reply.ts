// Reads HTTP/1.x replies from a byte stream with arbitrary chunk borders: Content-Length, chunked, and until-close bodies.
// Written by hand because loading node:http takes longer than a whole `status`.

/** The start of a reply. */
interface ReplyHead {
  readonly status: number;
  readonly reason: string;
  /** The server said that it closes after this reply. */
  readonly closes: boolean;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

interface ReplyEvents {
  head(head: ReplyHead): void;
  body(bytes: Uint8Array): void;
  /** The reply is complete; the next bytes start another one. */
  end(): void;
  /** What came is not HTTP. Nothing is read after it. */
  broken(what: string): void;
}

type State =
  | "head"
  | "length"
  | "chunk-size"
  | "chunk-data"
  | "chunk-end"
  | "trailer"
  | "until-close"
  | "broken";

const MAX_HEAD = 65536;
const LF = 10;

/** Reads one reply after the other. */
export class ReplyParser {
  readonly #events: ReplyEvents;
  #state: State = "head";
  /** Bytes of the current body or chunk still to come. */
  #left = 0;
  /** An unfinished line or head. */
  #held = "";

  constructor(events: ReplyEvents) {
    this.#events = events;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#state !== "broken") {
      at = this.#isData() ? this.#data(bytes, at) : this.#line(bytes, at);
    }
  }

  /**
   * The connection is at its end.
   * @returns true when that was a proper place to end: between replies, or in a body that lasts until the end
   */
  finish(): boolean {
    if (this.#state === "until-close") {
      this.#state = "head";
      this.#events.end();
      return true;
    }
    return this.#state === "head" && this.#held === "";
  }

  #isData(): boolean {
    return (
      this.#state === "length" || this.#state === "chunk-data" || this.#state === "until-close"
    );
  }

  #data(bytes: Uint8Array, at: number): number {
    if (this.#state === "until-close") {
      this.#events.body(bytes.subarray(at));
      return bytes.length;
    }
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    const whole = this.#left === 0;
    const wasChunk = this.#state === "chunk-data";
    if (whole) this.#state = wasChunk ? "chunk-end" : "head";
    this.#events.body(bytes.subarray(at, end));
    if (whole && !wasChunk) this.#events.end();
    return end;
  }

  /** Takes bytes up to a line end; a head is held until its empty line. */
  #line(bytes: Uint8Array, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf + 1;
    this.#held += Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString("latin1");
    if (this.#held.length > MAX_HEAD) this.#break("a header that does not end");
    else if (lf >= 0) this.#lineDone();
    return end;
  }

  #lineDone(): void {
    const held = this.#held;
    const line = held.trimEnd();
    if (this.#state === "head") {
      if (line === "") this.#held = "";
      else if (held.endsWith("\r\n\r\n") || held.endsWith("\n\n")) this.#head(line);
      return;
    }
    this.#held = "";
    if (this.#state === "chunk-size") this.#chunk(line);
    else if (this.#state === "chunk-end") this.#state = "chunk-size";
    else if (line === "") {
      this.#state = "head";
      this.#events.end();
    }
  }

  #chunk(line: string): void {
    const size = /^[0-9a-fA-F]+/.exec(line)?.[0];
    if (size === undefined) {
      this.#break(`a chunk size of ${JSON.stringify(line.slice(0, 40))}`);
      return;
    }
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailer" : "chunk-data";
  }

  #head(text: string): void {
    this.#held = "";
    const [first = "", ...lines] = text.split(/\r?\n/);
    const match = /^HTTP\/(\d\.\d) +(\d{3}) *(.*)$/.exec(first);
    if (match === null) {
      this.#break(`a reply that starts with ${JSON.stringify(first.slice(0, 40))}`);
      return;
    }
    const status = Number(match[2]);
    if (status >= 100 && status < 200) return;
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    const connection = headers.get("connection")?.toLowerCase() ?? "";
    const closes = connection === "close" || (match[1] === "1.0" && connection !== "keep-alive");
    this.#startBody(status, headers);
    this.#events.head({ status, reason: match[3] ?? "", closes, headers });
    if (this.#state === "head") this.#events.end();
  }

  #startBody(status: number, headers: ReadonlyMap<string, string>): void {
    const length = headers.get("content-length");
    if (headers.get("transfer-encoding")?.toLowerCase().endsWith("chunked") === true) {
      this.#state = "chunk-size";
    } else if (length !== undefined && /^\d+$/.test(length)) {
      this.#left = Number(length);
      this.#state = this.#left === 0 ? "head" : "length";
    } else {
      this.#state = status === 204 || status === 304 ? "head" : "until-close";
    }
  }

  #break(what: string): void {
    this.#state = "broken";
    this.#events.broken(what);
  }
}
