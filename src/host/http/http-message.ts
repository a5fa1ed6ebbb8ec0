// Reads HTTP/1.x messages (RFC 9112) from a byte stream with arbitrary chunk borders: requests for the server, replies for
// ctl's clients and for checks. Requests are read strictly, because what one program takes for the end of a request another
// may take for its middle. Written by hand because loading node:http takes longer than a whole `status`.

import type { HttpHeaders } from "../../ports/http-server.ts";

/** Header fields by their names in lower case; those sent twice are joined by commas. */
export type Fields = ReadonlyMap<string, string>;

/** The start line and the header fields of a message. */
interface MessageHead<Start> {
  readonly start: Start;
  readonly fields: Fields;
}

export interface RequestStart {
  /** Upper case. */
  readonly method: string;
  /** As sent: path and query, not decoded. */
  readonly target: string;
  /** Of HTTP/1.x. */
  readonly minor: number;
}

interface ReplyStart {
  readonly status: number;
  readonly reason: string;
  /** Of HTTP/1.x. */
  readonly minor: number;
}

export type RequestHead = MessageHead<RequestStart>;
export type ReplyHead = MessageHead<ReplyStart>;

/** Why nothing more is read: the input is not HTTP, or the head is over its limit. `text` begins with "a". */
export interface MessageProblem {
  readonly kind: "malformed" | "too long";
  readonly text: string;
}

/** What a reader reports, in this order for each message. */
interface MessageEvents<Start> {
  head(head: MessageHead<Start>): void;
  /** A part of the body, which is only valid during the call. */
  body(bytes: Uint8Array): void;
  /** The message is complete; the next bytes start another one. */
  end(): void;
  /** Nothing is read after it. */
  broken(problem: MessageProblem): void;
}

/** Bytes of a body, or how its end is recognised. */
type Framing = number | "chunked" | "until-close";

/** What distinguishes requests from replies. */
interface Grammar<Start> {
  /** Lines end in CR LF, and no field continues in the next line. */
  readonly isStrict: boolean;
  /** Line ends before a message are passed over: some old clients send them behind a body. */
  readonly allowsBlankLines: boolean;
  /** Whether an unfinished first line can become a start line. */
  begins(text: string): boolean;
  start(line: string): Start | null;
  /** Null for contradictory fields; "interim" for a head that another one follows. */
  framing(start: Start, fields: Fields): Framing | "interim" | null;
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

const LF = 10;
const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const REQUEST_LINE = /^([A-Z]+(?:-[A-Z]+)*) ([\u0021-\u007e\u0080-\u00ff]+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.(\d) +([1-9]\d\d)(?:[ \t]+(.*))?$/;
const LENGTH = /^\d{1,15}$/;
const STATUS_BEGIN = "HTTP/1.";

/** Reads requests. @param maxHeadBytes of a head, and of the trailer of a body in chunks */
export function requestReader(
  maxHeadBytes: number,
  events: MessageEvents<RequestStart>,
): MessageReader<RequestStart> {
  return new MessageReader(REQUESTS, maxHeadBytes, events);
}

/** Reads replies to requests other than HEAD. @param maxHeadBytes of a head and the interim ones before it */
export function replyReader(
  maxHeadBytes: number,
  events: MessageEvents<ReplyStart>,
): MessageReader<ReplyStart> {
  return new MessageReader(REPLIES, maxHeadBytes, events);
}

/** Whether the sender closes the connection after this message, or expects that the other side does. */
export function isLastMessage({ start, fields }: MessageHead<{ readonly minor: number }>): boolean {
  const tokens = (fields.get("connection") ?? "").toLowerCase().split(/[ \t]*,[ \t]*/);
  return tokens.includes("close") || (start.minor === 0 && !tokens.includes("keep-alive"));
}

/** Reads one message after the other. */
export class MessageReader<Start> {
  readonly #grammar: Grammar<Start>;
  readonly #maxHeadBytes: number;
  readonly #events: MessageEvents<Start>;
  #state: State = "head";
  #start: Start | null = null;
  #fields = new Map<string, string>();
  #lastField = "";
  /** An unfinished line. */
  #line = "";
  /** Bytes of the head, chunk size or trailer so far. */
  #size = 0;
  /** Bytes of the body or chunk still to come. */
  #left = 0;
  #stops = false;

  constructor(grammar: Grammar<Start>, maxHeadBytes: number, events: MessageEvents<Start>) {
    this.#grammar = grammar;
    this.#maxHeadBytes = maxHeadBytes;
    this.#events = events;
  }

  /** Reads all of `bytes`. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#state !== "broken") at += this.read(bytes.subarray(at));
  }

  /** Reads up to the end of a head or of a message, or all. @returns how many bytes were read */
  read(bytes: Uint8Array): number {
    this.#stops = false;
    let at = 0;
    while (at < bytes.length && !this.#stops) {
      at = this.#isInData() ? this.#readData(bytes, at) : this.#readLine(bytes, at);
    }
    return at;
  }

  /**
   * The stream has ended.
   * @returns true when that was between two messages, or in a body that lasts until the end
   */
  finish(): boolean {
    if (this.#state !== "until-close") {
      return this.#state === "head" && this.#start === null && this.#line === "";
    }
    this.#end();
    return true;
  }

  #isInData(): boolean {
    const state = this.#state;
    return state === "length" || state === "chunk-data" || state === "until-close";
  }

  #readData(bytes: Uint8Array, at: number): number {
    if (this.#state === "until-close") {
      this.#events.body(bytes.subarray(at));
      return bytes.length;
    }
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#events.body(bytes.subarray(at, end));
    if (this.#left > 0 || this.#state === "broken") return end;
    if (this.#state === "length") this.#end();
    else this.#state = "chunk-end";
    return end;
  }

  #readLine(bytes: Uint8Array, at: number): number {
    const room = Math.min(bytes.length, at + this.#maxHeadBytes + 1 - this.#size);
    const lf = bytes.subarray(0, room).indexOf(LF, at);
    const end = lf < 0 ? room : lf + 1;
    this.#size += end - at;
    this.#line += Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString("latin1");
    const isFirst = this.#state === "head" && this.#start === null;
    if (lf < 0 && isFirst && !this.#grammar.begins(this.#line)) this.#breakStart(this.#line);
    else if (this.#size > this.#maxHeadBytes) this.#break("too long", "a header that does not end");
    if (lf < 0 || this.#state === "broken") return end;
    const line = this.#line;
    this.#line = "";
    const hasReturn = line.endsWith("\r\n");
    if (this.#grammar.isStrict && !hasReturn) this.#break("malformed", "a line without CR");
    else this.#take(line.slice(0, hasReturn ? -2 : -1));
    return end;
  }

  #take(line: string): void {
    switch (this.#state) {
      case "head":
        if (this.#start === null) this.#takeStart(line);
        else if (line === "") this.#headDone(this.#start);
        else this.#takeField(line);
        break;
      case "chunk-size":
        this.#takeChunkSize(line);
        break;
      case "chunk-end":
        this.#size = 0;
        if (line === "") this.#state = "chunk-size";
        else this.#break("malformed", "a chunk that is longer than its size");
        break;
      default:
        // Fields of a trailer have no meaning here.
        if (line === "") this.#end();
        else this.#takeField(line);
    }
  }

  #takeStart(line: string): void {
    if (line === "" && this.#grammar.allowsBlankLines) return;
    this.#start = this.#grammar.start(line);
    if (this.#start === null) this.#breakStart(line);
  }

  #takeField(line: string): void {
    const isFolded = line.startsWith(" ") || line.startsWith("\t");
    const colon = line.indexOf(":");
    const name = isFolded ? this.#lastField : line.slice(0, colon).toLowerCase();
    const value = trimmed(isFolded ? line : line.slice(colon + 1));
    const isWellFormed = isFolded
      ? !this.#grammar.isStrict && name !== ""
      : colon > 0 && FIELD_NAME.test(this.#grammar.isStrict ? name : name.trimEnd());
    if (!isWellFormed || (this.#grammar.isStrict && CONTROL.test(value))) {
      this.#break("malformed", `a header field of ${JSON.stringify(line.slice(0, 40))}`);
      return;
    }
    this.#lastField = name;
    const before = this.#fields.get(name);
    this.#fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }

  #headDone(start: Start): void {
    const fields = this.#fields;
    const framing = this.#grammar.framing(start, fields);
    if (framing === null) {
      this.#break("malformed", "a head whose fields contradict each other");
      return;
    }
    this.#start = null;
    this.#fields = new Map();
    this.#lastField = "";
    if (framing === "interim") return;
    this.#size = 0;
    this.#stops = true;
    if (framing === "chunked") this.#state = "chunk-size";
    else if (framing === "until-close") this.#state = "until-close";
    else {
      this.#state = "length";
      this.#left = framing;
    }
    this.#events.head({ start, fields });
    if (framing === 0) this.#end();
  }

  #takeChunkSize(line: string): void {
    const size = /^[\da-fA-F]{1,8}(?=[ \t;]|$)/.exec(line)?.[0];
    if (size === undefined || CONTROL.test(line)) {
      this.#break("malformed", `a chunk size of ${JSON.stringify(line.slice(0, 40))}`);
      return;
    }
    this.#size = 0;
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailer" : "chunk-data";
  }

  #end(): void {
    this.#state = "head";
    this.#size = 0;
    this.#fields = new Map();
    this.#stops = true;
    this.#events.end();
  }

  #breakStart(line: string): void {
    this.#break("malformed", `a reply that starts with ${JSON.stringify(line.slice(0, 40))}`);
  }

  #break(kind: MessageProblem["kind"], text: string): void {
    this.#state = "broken";
    this.#stops = true;
    this.#events.broken({ kind, text });
  }
}

const REQUESTS: Grammar<RequestStart> = {
  isStrict: true,
  allowsBlankLines: true,
  begins: (text) => /^[A-Z-]*(?:[ \r]|$)/.test(text),
  start(line) {
    const [, method, target, minor] = REQUEST_LINE.exec(line) ?? [];
    if (method === undefined || target === undefined) return null;
    return { method, target, minor: Number(minor) };
  },
  framing(_start, fields) {
    const length = fields.get("content-length");
    const coding = fields.get("transfer-encoding");
    if (coding !== undefined) {
      return length === undefined && coding.toLowerCase() === "chunked" ? "chunked" : null;
    }
    if (length === undefined) return 0;
    return LENGTH.test(length) ? Number(length) : null;
  },
};

const REPLIES: Grammar<ReplyStart> = {
  isStrict: false,
  allowsBlankLines: false,
  begins: (text) => STATUS_BEGIN.startsWith(text.slice(0, STATUS_BEGIN.length)),
  start(line) {
    const [, minor, status, reason = ""] = STATUS_LINE.exec(line) ?? [];
    return status === undefined ? null : { status: Number(status), reason, minor: Number(minor) };
  },
  framing({ status }, fields) {
    // 101 has no reply after it.
    if (status < 200 && status !== 101) return "interim";
    if (status === 101 || status === 204 || status === 304) return 0;
    const length = fields.get("content-length");
    if (fields.get("transfer-encoding")?.toLowerCase().endsWith("chunked") === true) {
      return "chunked";
    }
    return length !== undefined && LENGTH.test(length) ? Number(length) : "until-close";
  },
};

/** Without spaces and tabs around it. A regular expression would take time in the square of their number. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  const isBlank = (at: number): boolean => text[at] === " " || text[at] === "\t";
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  301: "Moved Permanently",
  303: "See Other",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  411: "Length Required",
  413: "Payload Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * They prevent a browser from treating an answer as a script or a page, from embedding it in another site's page, and from
 * caching it. A reply may override them: pages allow their own scripts, files may be cached.
 */
const GUARDS: HttpHeaders = [
  ["X-Content-Type-Options", "nosniff"],
  [
    "Content-Security-Policy",
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["X-Frame-Options", "DENY"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  // Not no-referrer: with that, browsers would send forms of ours with the origin "null".
  ["Referrer-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
];

/** The head of a reply, up to its empty line. @param headers those of the reply override the headers of every answer */
export function headText(status: number, headers: HttpHeaders): string {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  let text = `HTTP/1.1 ${status} ${PHRASES[status] ?? "Unknown"}\r\n`;
  for (const [name, value] of GUARDS) {
    if (!given.has(name.toLowerCase())) text += `${name}: ${value}\r\n`;
  }
  for (const [name, value] of headers) text += `${name}: ${headerValue(value)}\r\n`;
  return `${text}Date: ${new Date().toUTCString()}\r\n\r\n`;
}

/** No value ends a header, whatever it was made from. */
function headerValue(value: string): string {
  return value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, "");
}
