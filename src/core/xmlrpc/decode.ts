// XML-RPC requests and answers to values. Accepts what Supervisor's server and Python's client write, every form of request
// that clients have been seen to write, and the integer types i1, i2 and i8.

import { err, ok, type Result } from "../base/result.ts";
import { decodeBase64 } from "./base64.ts";
import { decodeJson, type Reply } from "./json.ts";
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.ts";
import { isBlank, XmlRpcSyntaxError, XmlScanner } from "./xml.ts";

const INTEGER = /^[ \t\r\n]*[+-]?[0-9]+[ \t\r\n]*$/;
const DOUBLE = /^[ \t\r\n]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\r\n]*$/;
const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["nan", Number.NaN],
]);
const DATE = /^[0-9]{8}T[0-9]{2}:[0-9]{2}:[0-9]{2}$/;

/** The request of a client. */
export interface MethodCall {
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
}

/** Why a request is invalid; `kind` is the word that Supervisor logs. */
export interface CallError {
  readonly kind: "unmarshallable" | "no method name";
  readonly reason: string;
}

/** The answer of a server. */
type DecodedResponse =
  | Reply
  /** Not an XML-RPC answer: another kind of server, or one that was cut off. */
  | { readonly kind: "invalid"; readonly reason: string };

/** Reads a request. Its declared encoding does not matter: bytes have become text already. */
export function decodeCall(xml: string): Result<MethodCall, CallError> {
  try {
    return readCall(new XmlScanner(xml));
  } catch (error) {
    if (!(error instanceof XmlRpcSyntaxError)) throw error;
    return err({ kind: "unmarshallable", reason: error.message });
  }
}

/** Reads an answer in XML. */
export function decodeResponse(xml: string): DecodedResponse {
  try {
    return readResponse(new XmlScanner(xml));
  } catch (error) {
    if (!(error instanceof XmlRpcSyntaxError)) throw error;
    return { kind: "invalid", reason: error.message };
  }
}

/** Reads an answer in JSON, which a client of tsv asks for, or in XML, which Supervisor sends all the same. */
export function decodeReply(text: string): DecodedResponse {
  return (text.startsWith("{") ? decodeJson(text) : null) ?? decodeResponse(text);
}

function readCall(xml: XmlScanner): Result<MethodCall, CallError> {
  let method = "";
  let params: readonly XmlRpcValue[] = [];
  xml.expectOpen("methodCall");
  xml.skipBlank();
  while (xml.kind === "open") {
    if (xml.isOpen("methodName")) {
      xml.advance();
      method = xml.takeText();
    } else if (xml.isOpen("params")) {
      params = readParams(xml);
    } else {
      xml.skipElement();
    }
    xml.skipBlank();
  }
  xml.expectClose();
  if (method === "")
    return err({ kind: "no method name", reason: "no <methodName>, or an empty one" });
  return ok({ method, params });
}

function readParams(xml: XmlScanner): readonly XmlRpcValue[] {
  const params: XmlRpcValue[] = [];
  xml.expectOpen("params");
  xml.skipBlank();
  while (xml.isOpen("param")) {
    xml.advance();
    params.push(readValue(xml));
    xml.expectClose();
    xml.skipBlank();
  }
  xml.expectClose();
  return params;
}

function readResponse(xml: XmlScanner): DecodedResponse {
  xml.expectOpen("methodResponse");
  xml.skipBlank();
  const isFault = xml.isOpen("fault");
  if (isFault) {
    xml.advance();
  } else {
    xml.expectOpen("params");
    xml.expectOpen("param");
  }
  const value = readValue(xml);
  xml.expectClose();
  if (!isFault) xml.expectClose();
  xml.expectClose();
  return isFault ? faultOf(value) : { kind: "value", value };
}

function faultOf(value: XmlRpcValue): DecodedResponse {
  const { faultCode: code, faultString: text } = isStruct(value) ? value : {};
  if (typeof code !== "number" || typeof text !== "string") {
    return { kind: "invalid", reason: "a fault without its code and text" };
  }
  return { kind: "fault", code, text };
}

/** Reads a `<value>`, and passes over its closing tag. */
function readValue(xml: XmlScanner): XmlRpcValue {
  xml.expectOpen("value");
  let text = "";
  if (xml.kind === "text") {
    text = xml.value;
    xml.advance();
  }
  // Text without a type is a string, blanks and all.
  if (xml.kind === "close") {
    xml.advance();
    return text;
  }
  if (!isBlank(text)) throw new XmlRpcSyntaxError("a value holds both text and an element");
  const value = readTyped(xml);
  xml.expectClose();
  return value;
}

function readTyped(xml: XmlScanner): XmlRpcValue {
  const type = xml.value;
  xml.advance();
  switch (type) {
    case "string":
      return xml.takeText();
    case "int":
    case "i4":
    case "i8":
    case "i2":
    case "i1":
      return integer(xml.takeText());
    case "boolean":
      return boolean(xml.takeText());
    case "struct":
      return readStruct(xml);
    case "array":
      return readArray(xml);
    case "double":
      return double(xml.takeText());
    case "dateTime.iso8601":
      return date(xml.takeText());
    case "base64":
      return decodeBase64(xml.takeText()) ?? invalid("base64", "");
    default:
      throw new XmlRpcSyntaxError(`<${type}> is not a type of XML-RPC`);
  }
}

function readArray(xml: XmlScanner): readonly XmlRpcValue[] {
  const items: XmlRpcValue[] = [];
  xml.expectOpen("data");
  xml.skipBlank();
  while (xml.isOpen("value")) {
    items.push(readValue(xml));
    xml.skipBlank();
  }
  xml.expectClose();
  xml.expectClose();
  return items;
}

function readStruct(xml: XmlScanner): XmlRpcStruct {
  const members: Record<string, XmlRpcValue> = {};
  xml.skipBlank();
  while (xml.isOpen("member")) {
    xml.advance();
    xml.expectOpen("name");
    setMember(members, xml.takeText(), readValue(xml));
    xml.expectClose();
    xml.skipBlank();
  }
  xml.expectClose();
  return members;
}

/** A plain assignment would turn a member called `__proto__` into the struct's prototype. */
function setMember(members: Record<string, XmlRpcValue>, name: string, value: XmlRpcValue): void {
  if (name !== "__proto__") members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true });
}

function integer(text: string): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) invalid("an integer", text);
  return value === 0 ? 0 : value;
}

/** @remarks XML-RPC writes 1 and 0. Hand-written clients send the words, whose meaning is plain. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...([
    ["1", true],
    ["true", true],
  ] as const),
  ...([
    ["0", false],
    ["false", false],
  ] as const),
]);

function boolean(text: string): boolean {
  return BOOLEANS.get(text.trim()) ?? invalid("a boolean", text);
}

function double(text: string): XmlRpcValue {
  const special = SPECIAL_DOUBLES.get(text.trim());
  if (special !== undefined) return { kind: "double", value: special };
  if (!DOUBLE.test(text)) invalid("a double", text);
  return { kind: "double", value: Number(text) };
}

function date(text: string): XmlRpcValue {
  return DATE.test(text) ? { kind: "date", iso8601: text } : invalid("a date", text);
}

function invalid(type: string, text: string): never {
  throw new XmlRpcSyntaxError(`not ${type}: ${JSON.stringify(text)}`);
}
