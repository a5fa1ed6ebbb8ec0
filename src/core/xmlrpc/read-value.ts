// Decodes one <value>. Accepts what Supervisor's server and Python's client write, and also i1, i2 and i8. An untrusted
// document is read in steps, so that a large one takes no long turn.

import type { Steps } from "../base/turns.ts";
import { decodeBase64InSteps } from "./base64.ts";
import type { XmlRpcStruct, XmlRpcValue } from "./value.ts";
import type { XmlCursor } from "./xml-cursor.ts";
import {
  expectClose,
  expectOpen,
  isBlank,
  isOpen,
  skipBlank,
  takeText,
  XmlRpcSyntaxError,
} from "./xml-cursor.ts";

const INTEGER = /^[ \t\r\n]*[+-]?[0-9]+[ \t\r\n]*$/;
const DOUBLE = /^[ \t\r\n]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\r\n]*$/;
const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["nan", Number.NaN],
]);
const DATE = /^[0-9]{8}T[0-9]{2}:[0-9]{2}:[0-9]{2}$/;

/** Values between two steps. */
const VALUES_A_STEP = 256;

/** How many values of a document were read. */
interface Pace {
  values: number;
}

/**
 * Reads the value whose opening tag the cursor is at, and passes over its closing tag.
 * @param pace the same object for all values of a document
 * @throws XmlRpcSyntaxError
 */
export function* readValue(cursor: XmlCursor, pace: Pace): Steps<XmlRpcValue> {
  pace.values++;
  if (pace.values % VALUES_A_STEP === 0) yield;
  expectOpen(cursor, "value");
  let text = "";
  if (cursor.kind === "text") {
    text = cursor.value;
    cursor.advance();
  }
  // Text without a type is a string, blanks and all.
  if (cursor.kind === "close") {
    cursor.advance();
    return text;
  }
  if (!isBlank(text)) throw new XmlRpcSyntaxError("a value holds both text and an element");
  const value = yield* readTyped(cursor, pace);
  expectClose(cursor);
  return value;
}

function* readTyped(cursor: XmlCursor, pace: Pace): Steps<XmlRpcValue> {
  if (cursor.kind !== "open") throw new XmlRpcSyntaxError("a value is cut off");
  const type = cursor.value;
  cursor.advance();
  switch (type) {
    case "string":
      return takeText(cursor);
    case "int":
    case "i4":
    case "i8":
    case "i2":
    case "i1":
      return integer(takeText(cursor));
    case "boolean":
      return boolean(takeText(cursor));
    case "struct":
      return yield* readStruct(cursor, pace);
    case "array":
      return yield* readArray(cursor, pace);
    case "double":
      return double(takeText(cursor));
    case "dateTime.iso8601":
      return date(takeText(cursor));
    case "base64":
      return yield* base64(takeText(cursor));
    default:
      throw new XmlRpcSyntaxError(`<${type}> is no type of XML-RPC`);
  }
}

function* readArray(cursor: XmlCursor, pace: Pace): Steps<readonly XmlRpcValue[]> {
  const items: XmlRpcValue[] = [];
  expectOpen(cursor, "data");
  skipBlank(cursor);
  while (isOpen(cursor, "value")) {
    items.push(yield* readValue(cursor, pace));
    skipBlank(cursor);
  }
  expectClose(cursor);
  expectClose(cursor);
  return items;
}

function* readStruct(cursor: XmlCursor, pace: Pace): Steps<XmlRpcStruct> {
  const members: Record<string, XmlRpcValue> = {};
  skipBlank(cursor);
  while (isOpen(cursor, "member")) {
    cursor.takePlainMembers?.((name, value) => setMember(members, name, value));
    skipBlank(cursor);
    if (!isOpen(cursor, "member")) break;
    cursor.advance();
    expectOpen(cursor, "name");
    const name = takeText(cursor);
    setMember(members, name, yield* readValue(cursor, pace));
    expectClose(cursor);
    skipBlank(cursor);
  }
  expectClose(cursor);
  return members;
}

/** A plain assignment would turn a member called `__proto__` into the struct's prototype. */
function setMember(members: Record<string, XmlRpcValue>, name: string, value: XmlRpcValue): void {
  if (name === "__proto__") {
    Object.defineProperty(members, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else {
    members[name] = value;
  }
}

function integer(text: string): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new XmlRpcSyntaxError(`no integer: ${JSON.stringify(text)}`);
  return value === 0 ? 0 : value;
}

/** @remarks XML-RPC writes 1 and 0. The words are what hand-written clients send, and what they mean is plain. */
function boolean(text: string): boolean {
  switch (text.trim()) {
    case "1":
    case "true":
      return true;
    case "0":
    case "false":
      return false;
    default:
      throw new XmlRpcSyntaxError(`no boolean: ${JSON.stringify(text)}`);
  }
}

function double(text: string): XmlRpcValue {
  const special = SPECIAL_DOUBLES.get(text.trim());
  if (special !== undefined) return { kind: "double", value: special };
  if (!DOUBLE.test(text)) throw new XmlRpcSyntaxError(`no double: ${JSON.stringify(text)}`);
  return { kind: "double", value: Number(text) };
}

function date(text: string): XmlRpcValue {
  if (!DATE.test(text)) throw new XmlRpcSyntaxError(`no date: ${JSON.stringify(text)}`);
  return { kind: "date", iso8601: text };
}

function* base64(text: string): Steps<Uint8Array> {
  const bytes = yield* decodeBase64InSteps(text);
  if (bytes === null) throw new XmlRpcSyntaxError("not base64");
  return bytes;
}
