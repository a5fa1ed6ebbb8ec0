// A document as a row of tokens, looked at one at a time. Two readers provide it: xml-reader.ts for requests from
// any client, xml-scanner.ts for big answers. What is a syntax error to XML-RPC is decided on top of it.

/** The document is not XML, or not XML-RPC. Thrown inside this folder only; its callers get values. */
export class XmlRpcSyntaxError extends Error {}

export type TokenKind = "open" | "close" | "text" | "end";

/** The token looked at: adjacent text is one token, comments and processing instructions are none. */
export interface XmlCursor {
  readonly kind: TokenKind;
  /** Element name of a tag, or the text with its references resolved. */
  readonly value: string;
  /** Goes to the next token; at the end it stays. @throws XmlRpcSyntaxError */
  advance(): void;
  /**
   * Where a reader can: passes at once over members that hold a plain string, integer or boolean, written exactly as
   * Python's client writes it, giving each to `take`. The cursor is at an opening tag of a member.
   */
  takePlainMembers?(take: (name: string, value: string | number | boolean) => void): void;
}

/** Elements inside elements that a reader follows; a value inside an array is three deeper. */
export const MAX_DEPTH = 400;

/** Passes over white space between elements; other text there is an error. */
export function skipBlank(cursor: XmlCursor): void {
  if (cursor.kind !== "text") return;
  if (!isBlank(cursor.value))
    throw new XmlRpcSyntaxError(`text where an element belongs: ${quote(cursor.value)}`);
  cursor.advance();
}

/** Whether there is nothing but XML's own white space. */
export function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return false;
  }
  return true;
}

/** True at the opening tag of `name`. */
export function isOpen(cursor: XmlCursor, name: string): boolean {
  return cursor.kind === "open" && cursor.value === name;
}

/** Passes over the opening tag of `name`, and blanks before it. */
export function expectOpen(cursor: XmlCursor, name: string): void {
  skipBlank(cursor);
  if (!isOpen(cursor, name))
    throw new XmlRpcSyntaxError(`<${name}> expected, found ${describe(cursor)}`);
  cursor.advance();
}

/** Passes over the closing tag of the element at hand, and blanks before it. Readers have matched the name. */
export function expectClose(cursor: XmlCursor): void {
  skipBlank(cursor);
  if (cursor.kind !== "close")
    throw new XmlRpcSyntaxError(`a closing tag expected, found ${describe(cursor)}`);
  cursor.advance();
}

/** The text up to the closing tag, which is passed over; an element inside is an error. */
export function takeText(cursor: XmlCursor): string {
  let text = "";
  if (cursor.kind === "text") {
    text = cursor.value;
    cursor.advance();
  }
  if (cursor.kind !== "close")
    throw new XmlRpcSyntaxError(`text expected, found ${describe(cursor)}`);
  cursor.advance();
  return text;
}

/** Passes over an element that is of no interest, whatever is in it. The cursor is at its opening tag. */
export function skipElement(cursor: XmlCursor): void {
  let depth = 0;
  do {
    if (cursor.kind === "open") depth++;
    if (cursor.kind === "close") depth--;
    cursor.advance();
  } while (depth > 0);
}

function describe(cursor: XmlCursor): string {
  switch (cursor.kind) {
    case "open":
      return `<${cursor.value}>`;
    case "close":
      return `</${cursor.value}>`;
    case "text":
      return `text ${quote(cursor.value)}`;
    case "end":
      return "the end";
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
