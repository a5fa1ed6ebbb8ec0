// XML 1.0 (fifth edition) as XML-RPC uses it: a document to tokens, one at a time. Refuses everything that is not well-formed,
// and document types, so that there are no entities but the five of XML. Attributes have no meaning in XML-RPC: they are
// checked and ignored, because Apache's client declares a namespace.

import { latin1 } from "../base/latin1.ts";

/** The document is not XML, or not XML-RPC. Thrown inside this folder only; its callers get values. */
export class XmlRpcSyntaxError extends Error {}

type TokenKind = "open" | "close" | "text" | "end";

/** Elements inside elements; a value inside an array is three deeper. */
const MAX_DEPTH = 400;

const START =
  ":A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f" +
  "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}";
const NAME = `[${START}][${START}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]*`;
const BLANK = "[\\t\\n\\r ]";
const EQUALS = `${BLANK}*=${BLANK}*`;

const TAG_NAME = new RegExp(NAME, "uy");
const ATTRIBUTE = new RegExp(`${BLANK}+(${NAME})${EQUALS}(?:"([^<"]*)"|'([^<']*)')`, "uy");
const TAG_END = new RegExp(`${BLANK}*(/?)>`, "y");
const INSTRUCTION = new RegExp(`<\\?(?!xml(?:\\?>|${BLANK}))${NAME}(?=\\?>|${BLANK})`, "iuy");
const DECLARATION = new RegExp(
  `<\\?xml${BLANK}+version${EQUALS}(["'])1\\.[0-9]+\\1` +
    `(?:${BLANK}+encoding${EQUALS}(["'])[A-Za-z][A-Za-z0-9._-]*\\2)?` +
    `(?:${BLANK}+standalone${EQUALS}(["'])(?:yes|no)\\3)?${BLANK}*\\?>`,
  "y",
);
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;
const NOT_BLANK = /[^\t\n\r ]/;

const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#([0-9]+)|#x([0-9A-Fa-f]+));|&/g;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

const SLASH = 47;
const BANG = 33;
const QUESTION = 63;

/**
 * A document, looked at one token at a time: adjacent text is one token; comments and processing instructions are none.
 * Every method throws XmlRpcSyntaxError.
 */
export class XmlScanner {
  kind: TokenKind = "end";
  /** Element name of a tag, or the text with its references resolved. */
  value = "";
  readonly #xml: string;
  /** Names of the open elements. */
  readonly #open: string[] = [];
  #at = 0;
  #hasRoot = false;
  /** The close token of an element that closed itself is due. */
  #isCloseDue = false;

  /** Is at the first token. */
  constructor(xml: string) {
    this.#xml = xml.includes("\r") ? xml.replace(/\r\n?/g, "\n") : xml;
    if (FORBIDDEN.test(xml)) fail("a character that XML does not allow");
    if (xml.startsWith("\ufeff")) this.#at = 1;
    this.#match(DECLARATION);
    this.advance();
    if (this.kind === "end") fail("an empty document");
  }

  /** Goes to the next token; at the end it stays. */
  advance(): void {
    if (this.#isCloseDue) {
      this.#isCloseDue = false;
      this.#close();
      return;
    }
    const text = this.#takeText();
    if (text !== "") {
      this.kind = "text";
      this.value = text;
    } else if (this.#at < this.#xml.length) {
      this.#takeTag();
    } else {
      const open = this.#open.at(-1);
      if (open !== undefined) fail(`cut off inside <${open}>`);
      this.kind = "end";
      this.value = "";
    }
  }

  /** True at the opening tag of `name`. */
  isOpen(name: string): boolean {
    return this.kind === "open" && this.value === name;
  }

  /** Passes over white space between elements; other text there is an error. */
  skipBlank(): void {
    if (this.kind !== "text") return;
    if (!isBlank(this.value)) fail(`text where an element belongs: ${quote(this.value)}`);
    this.advance();
  }

  /** Passes over the opening tag of `name`, and blanks before it. */
  expectOpen(name: string): void {
    this.skipBlank();
    if (!this.isOpen(name)) fail(`<${name}> expected, found ${this.#described()}`);
    this.advance();
  }

  /** Passes over the closing tag of the current element, and blanks before it. */
  expectClose(): void {
    this.skipBlank();
    if (this.kind !== "close") fail(`a closing tag expected, found ${this.#described()}`);
    this.advance();
  }

  /** The text up to the closing tag, which is passed over; an element inside is an error. */
  takeText(): string {
    let text = "";
    if (this.kind === "text") {
      text = this.value;
      this.advance();
    }
    if (this.kind !== "close") fail(`text expected, found ${this.#described()}`);
    this.advance();
    return text;
  }

  /** Passes over the element whose opening tag is the current token, with all that is in it. */
  skipElement(): void {
    let depth = 0;
    do {
      if (this.kind === "open") depth++;
      if (this.kind === "close") depth--;
      this.advance();
    } while (depth > 0);
  }

  /** The text up to the next tag, or the end. */
  #takeText(): string {
    const xml = this.#xml;
    let text = "";
    for (;;) {
      const found = xml.indexOf("<", this.#at);
      const end = found < 0 ? xml.length : found;
      if (end > this.#at) text += this.#charactersTo(end);
      this.#at = end;
      if (found < 0) return text;
      const next = xml.charCodeAt(end + 1);
      if (next === QUESTION) this.#skipInstruction();
      else if (next !== BANG) return text;
      else if (xml.startsWith("<!--", end)) this.#skipComment();
      else text += this.#takeCdata();
    }
  }

  #charactersTo(end: number): string {
    const raw = this.#xml.slice(this.#at, end);
    if (this.#open.length === 0) {
      if (NOT_BLANK.test(raw)) fail("text outside the document's element");
      return "";
    }
    if (raw.includes("]]>")) fail("]]> in text");
    return resolved(raw);
  }

  #skipInstruction(): void {
    if (this.#match(INSTRUCTION) === null) fail("an invalid processing instruction");
    this.#takeTo("?>");
  }

  #skipComment(): void {
    this.#at += "<!--".length;
    this.#takeTo("--");
    if (this.#xml[this.#at] !== ">") fail("-- inside a comment");
    this.#at++;
  }

  #takeCdata(): string {
    const opening = "<![CDATA[";
    if (this.#open.length === 0 || !this.#xml.startsWith(opening, this.#at)) {
      fail("a document type or other declaration, which XML-RPC has none of");
    }
    this.#at += opening.length;
    return this.#takeTo("]]>");
  }

  /** What comes before `mark`; passes over both. */
  #takeTo(mark: string): string {
    const start = this.#at;
    const found = this.#xml.indexOf(mark, start);
    if (found < 0) fail(`cut off before ${mark}`);
    this.#at = found + mark.length;
    return this.#xml.slice(start, found);
  }

  #takeTag(): void {
    this.#at++;
    const isClosing = this.#xml.charCodeAt(this.#at) === SLASH;
    if (isClosing) this.#at++;
    const name = this.#match(TAG_NAME)?.[0] ?? fail("a tag without a name");
    if (isClosing) {
      if (name !== this.#open.at(-1)) fail(`</${name}> closes nothing`);
      if (this.#match(TAG_END)?.[1] !== "") fail(`no end of </${name}>`);
      this.#close();
      return;
    }
    if (this.#open.length === 0 && this.#hasRoot) fail("a second document element");
    this.#hasRoot = true;
    if (this.#open.length >= MAX_DEPTH) fail(`elements nested deeper than ${MAX_DEPTH}`);
    // Most tags have no attributes.
    if (this.#xml[this.#at] !== ">") this.#skipAttributes();
    const end = this.#match(TAG_END) ?? fail(`no end of <${name}>`);
    this.#isCloseDue = end[1] !== "";
    this.#open.push(name);
    this.kind = "open";
    this.value = name;
  }

  #skipAttributes(): void {
    const names = new Set<string>();
    for (;;) {
      const match = this.#match(ATTRIBUTE);
      if (match === null) return;
      const [, name = "", quoted, value = quoted ?? ""] = match;
      if (names.has(name)) fail(`a second attribute ${name}`);
      names.add(name);
      resolved(value);
    }
  }

  #close(): void {
    this.kind = "close";
    this.value = this.#open.pop() ?? "";
  }

  /** Passes over what the sticky `pattern` matches here. */
  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#xml);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #described(): string {
    if (this.kind === "end") return "the end";
    if (this.kind === "text") return `text ${quote(this.value)}`;
    return this.kind === "open" ? `<${this.value}>` : `</${this.value}>`;
  }
}

/** Whether a text is white space alone. */
export function isBlank(text: string): boolean {
  return !NOT_BLANK.test(text);
}

function resolved(raw: string): string {
  return raw.includes("&") ? raw.replace(REFERENCE, dereference) : raw;
}

function dereference(written: string, entity?: string, decimal?: string, hex?: string): string {
  if (entity !== undefined) return ENTITIES[entity] ?? "";
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const char = code <= 0x10ffff ? String.fromCodePoint(code) : "\u0000";
  if (FORBIDDEN.test(char)) fail(`an invalid reference: ${written.slice(0, 20)}`);
  return char;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function fail(reason: string): never {
  throw new XmlRpcSyntaxError(reason);
}

const DECLARES_LATIN1 = /^<\?xml[^>]{0,80}\sencoding\s*=\s*["'](?:iso-8859-1|latin-?1)["']/i;
/** Where a declaration ends at the latest. */
const MAX_DECLARATION = 120;

/**
 * The bytes of a request as text; null when they are not. UTF-8, whatever the document declares, as Supervisor reads it; and
 * ISO-8859-1 where it is declared and the bytes are not UTF-8, since PHP's clients write it.
 */
export function decodeXmlText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const declaration = latin1(bytes.subarray(0, MAX_DECLARATION));
    return DECLARES_LATIN1.test(declaration) ? latin1(bytes) : null;
  }
}
