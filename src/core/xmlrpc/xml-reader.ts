// The one door to saxes: a whole document from a stranger to tokens. Strict, and bounded: no document type, so no
// entities of the sender's own; limited depth and number of elements. Attributes say nothing in XML-RPC and are passed
// over, since Apache's client declares a namespace.

import { SaxesParser } from "saxes";
import type { TokenKind, XmlCursor } from "./xml-cursor.ts";
import { MAX_DEPTH, XmlRpcSyntaxError } from "./xml-cursor.ts";

/** Far more than any client sends (a multicall of 20 000 calls), far less than what holds up the daemon. */
const MAX_ELEMENTS = 300_000;

/** A cursor over `xml`, at its first token. @throws XmlRpcSyntaxError */
export function readXml(xml: string): XmlCursor {
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
  parser.write(xml).close();
  return tokens;
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
    this.#values.push(value);
  }
}
