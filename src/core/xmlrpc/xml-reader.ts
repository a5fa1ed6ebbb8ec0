// The only user of saxes: a complete untrusted document to tokens. Strict and bounded: no document type, so no custom
// entities; limited depth and number of elements. Attributes have no meaning in XML-RPC and are ignored, because Apache's
// client declares a namespace.

import { SaxesParser } from "saxes";
import type { Steps } from "../base/turns.ts";
import type { TokenKind, XmlCursor } from "./xml-cursor.ts";
import { MAX_DEPTH, XmlRpcSyntaxError } from "./xml-cursor.ts";

const TAGS: ReadonlyMap<string, string> = new Map(
  "value string int i4 boolean double base64 array data struct member name param"
    .split(" ")
    .map((name) => [name, name]),
);

/** Far more than any client sends (a multicall of 10 000 calls), far less than what fills the daemon's memory. */
const MAX_ELEMENTS = 75_000;
const PIECES_A_TEXT = 8;

/**
 * A cursor over a document, at its first token.
 * @param pieces the text, cut anywhere; one is read in a step
 * @throws XmlRpcSyntaxError
 */
export function* readXml(pieces: readonly string[]): Steps<XmlCursor> {
  const tokens = new TokenList();
  const parser = new SaxesParser({ xmlns: false, position: false });
  parser.on("error", (error) => {
    throw new XmlRpcSyntaxError(error.message);
  });
  parser.on("doctype", () => {
    throw new XmlRpcSyntaxError("a document type, which XML-RPC has none of");
  });
  parser.on("attribute", () => tokens.count());
  parser.on("opentag", (tag) => tokens.open(tag.name));
  parser.on("closetag", (tag) => tokens.close(tag.name));
  parser.on("text", (text) => tokens.text(text));
  parser.on("cdata", (text) => tokens.text(text));
  let endsInReturn = false;
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) yield;
    // As XML reads line ends, before saxes does, which would add to its text at each of them.
    const afterReturn = endsInReturn && piece.startsWith("\n") ? piece.slice(1) : piece;
    endsInReturn = piece === "" ? endsInReturn : piece.endsWith("\r");
    parser.write(afterReturn.replace(/\r\n?/g, "\n"));
    if (i % PIECES_A_TEXT === PIECES_A_TEXT - 1) flatten(parser);
  }
  parser.close();
  return tokens;
}

/**
 * Text with many references is a tree of pieces in V8, of 64 bytes for each reference, until it is read.
 * @remarks saxes keeps it in a field that is not public; without it, more memory is used for a while.
 */
function flatten(parser: SaxesParser): void {
  const { text } = parser as unknown as { readonly text?: unknown };
  if (typeof text === "string") text.charCodeAt(0);
}

class TokenList implements XmlCursor {
  readonly #kinds: TokenKind[] = [];
  readonly #values: string[] = [];
  #at = 0;
  #depth = 0;
  #elements = 0;

  get kind(): TokenKind {
    return this.#kinds[this.#at] ?? "end";
  }

  get value(): string {
    return this.#values[this.#at] ?? "";
  }

  advance(): void {
    this.#at++;
  }

  open(name: string): void {
    if (++this.#depth > MAX_DEPTH)
      throw new XmlRpcSyntaxError(`elements nested deeper than ${MAX_DEPTH}`);
    this.count();
    this.#push("open", name);
  }

  /** One more element, or attribute. */
  count(): void {
    if (++this.#elements > MAX_ELEMENTS)
      throw new XmlRpcSyntaxError(`more than ${MAX_ELEMENTS} elements`);
  }

  close(name: string): void {
    this.#depth--;
    this.#push("close", name);
  }

  text(text: string): void {
    const last = this.#kinds.length - 1;
    if (this.#depth === 0) return;
    if (this.#kinds[last] === "text") this.#values[last] += text;
    else this.#push("text", text);
  }

  #push(kind: TokenKind, value: string): void {
    this.#kinds.push(kind);
    // Tags have few names, and each tag a string of its own.
    this.#values.push(kind === "text" ? value : (TAGS.get(value) ?? value));
  }
}
