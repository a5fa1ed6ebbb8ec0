// The part of XML that XML-RPC answers are made of, scanned by hand because saxes takes several times as long.
// Elements without attributes, text, references, CDATA; comments and processing instructions are passed over.
// Everything else (attributes, DOCTYPE, entities of one's own) is refused.

import type { TokenKind, XmlCursor } from "./xml-cursor.ts";
import { isBlank, MAX_DEPTH, XmlRpcSyntaxError } from "./xml-cursor.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]*$/;
const REFERENCE = /&([^;&]*);?/g;
const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

// What follows the opening tag of nearly every member of nearly every answer. One match of the regular expression
// engine takes the place of a dozen steps of the scanner, most of the time that decoding takes in a short-lived ctl.
const PLAIN_MEMBER =
  /\n<name>([^<&\r]*)<\/name>\n<value><(?:string>([^<&\r]*)<\/string|int>(-?[1-9][0-9]{0,14}|0)<\/int|boolean>([01])<\/boolean)><\/value>\n<\/member>\n(<member>)?/y;

const SLASH = 47;
const BANG = 33;
const QUESTION = 63;

/** A cursor over `xml`, at its first token. @throws XmlRpcSyntaxError */
export function scanXml(xml: string): XmlCursor {
  const scanner = new XmlScanner(xml);
  scanner.advance();
  return scanner;
}

class XmlScanner implements XmlCursor {
  kind: TokenKind = "end";
  value = "";
  readonly #xml: string;
  /** Names of the open elements. */
  readonly #open: string[] = [];
  #at: number;
  /** An element that closed itself still owes its closing token. */
  #owesClose = false;
  #rootSeen = false;

  constructor(xml: string) {
    this.#xml = xml;
    this.#at = xml.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  advance(): void {
    if (this.#owesClose) {
      this.#owesClose = false;
      this.#emitClose(this.#open[this.#open.length - 1] ?? "");
      return;
    }
    const text = this.#takeText();
    if (text !== "" && this.#open.length > 0) {
      this.kind = "text";
      this.value = text;
      return;
    }
    if (!isBlank(text)) throw new XmlRpcSyntaxError("text outside the document's element");
    if (this.#at >= this.#xml.length) this.#emitEnd();
    else this.#takeTag();
  }

  takePlainMembers(take: (name: string, value: string | number | boolean) => void): void {
    for (;;) {
      PLAIN_MEMBER.lastIndex = this.#at;
      const match = PLAIN_MEMBER.exec(this.#xml);
      if (match === null) return;
      this.#at = PLAIN_MEMBER.lastIndex;
      const [, name = "", text, integer, boolean, next] = match;
      if (text !== undefined) take(name, text);
      else if (integer !== undefined) take(name, Number(integer));
      else take(name, boolean === "1");
      // With another member opened, the cursor is where it was, one member on.
      if (next !== undefined) continue;
      this.#open.pop();
      this.advance();
      return;
    }
  }

  /** The text up to the next tag, or the end. */
  #takeText(): string {
    const xml = this.#xml;
    let text = "";
    for (;;) {
      const start = this.#at;
      const found = xml.indexOf("<", start);
      const end = found < 0 ? xml.length : found;
      if (end > start) text += resolve(xml.slice(start, end));
      this.#at = end;
      if (found < 0) return text;
      const next = xml.charCodeAt(end + 1);
      if (next === QUESTION) this.#skipPast("?>");
      else if (next !== BANG) return text;
      else text += this.#takeDeclaration();
    }
  }

  /** A comment gives nothing, a CDATA section its text. */
  #takeDeclaration(): string {
    const start = this.#at;
    if (this.#xml.startsWith("<!--", start)) {
      this.#at += 4;
      this.#skipPast("-->");
      return "";
    }
    if (this.#xml.startsWith("<![CDATA[", start)) {
      this.#skipPast("]]>");
      return normalise(this.#xml.slice(start + 9, this.#at - 3));
    }
    throw new XmlRpcSyntaxError("a document type or other declaration, which XML-RPC has none of");
  }

  #skipPast(mark: string): void {
    const found = this.#xml.indexOf(mark, this.#at);
    if (found < 0) throw new XmlRpcSyntaxError(`cut off before ${mark}`);
    this.#at = found + mark.length;
  }

  #takeTag(): void {
    const xml = this.#xml;
    const start = this.#at + 1;
    const end = xml.indexOf(">", start);
    if (end < 0) throw new XmlRpcSyntaxError("cut off inside a tag");
    this.#at = end + 1;
    if (xml.charCodeAt(start) === SLASH) {
      this.#emitClose(xml.slice(start + 1, end));
      return;
    }
    const closesItself = xml.charCodeAt(end - 1) === SLASH;
    this.#emitOpen(xml.slice(start, closesItself ? end - 1 : end));
    this.#owesClose = closesItself;
  }

  #emitOpen(written: string): void {
    const name = isKnown(written) ? written : checkedName(written);
    if (this.#open.length === 0 && this.#rootSeen)
      throw new XmlRpcSyntaxError("a second document element");
    if (this.#open.length >= MAX_DEPTH)
      throw new XmlRpcSyntaxError(`elements nested deeper than ${MAX_DEPTH}`);
    this.#rootSeen = true;
    this.#open.push(name);
    this.kind = "open";
    this.value = name;
  }

  #emitClose(written: string): void {
    const expected = this.#open.pop();
    if (expected === undefined || (written !== expected && written.trimEnd() !== expected)) {
      throw new XmlRpcSyntaxError(`</${written}> closes nothing`);
    }
    this.kind = "close";
    this.value = expected;
  }

  #emitEnd(): void {
    const open = this.#open.at(-1);
    if (open !== undefined) throw new XmlRpcSyntaxError(`cut off inside <${open}>`);
    if (!this.#rootSeen) throw new XmlRpcSyntaxError("empty");
    this.kind = "end";
    this.value = "";
  }
}

/** The names that make up nearly every answer need no pattern match. */
function isKnown(name: string): boolean {
  return (
    name === "value" || name === "name" || name === "member" || name === "string" || name === "int"
  );
}

function checkedName(written: string): string {
  const name = written.trimEnd();
  if (!NAME.test(name)) throw new XmlRpcSyntaxError(`no tag of XML-RPC: <${written.slice(0, 40)}>`);
  return name;
}

/** Line ends and references to what they stand for, in this order: `&#13;` stays a carriage return. */
function resolve(raw: string): string {
  const text = normalise(raw);
  return text.includes("&") ? text.replace(REFERENCE, dereference) : text;
}

/** XML hands on every line end as a line feed. */
function normalise(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

function dereference(whole: string, body: string): string {
  const named = NAMED.get(body);
  if (named !== undefined && whole.endsWith(";")) return named;
  const hex = /^#x([0-9A-Fa-f]{1,6})$/.exec(body)?.[1];
  const decimal = /^#([0-9]{1,7})$/.exec(body)?.[1];
  const code = hex === undefined ? Number(decimal ?? -1) : Number.parseInt(hex, 16);
  if (!whole.endsWith(";") || !isXmlCharacter(code)) {
    throw new XmlRpcSyntaxError(`no reference: ${whole.slice(0, 20)}`);
  }
  return String.fromCodePoint(code);
}

function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff);
}
