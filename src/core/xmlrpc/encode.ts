// Values to XML, in the layout of Python's xmlrpc.client: clients exist that match lines of it.
// Whatever a program wrote to its log, the XML stays well-formed: characters that XML forbids become U+FFFD.

import { encodeBase64Lines } from "./base64.ts";
import type { XmlRpcDate, XmlRpcDouble, XmlRpcStruct, XmlRpcValue } from "./value.ts";

const PROLOGUE = "<?xml version='1.0'?>\n";

// Control characters other than tab, line feed and carriage return; surrogates that are not in a pair (with the `u`
// flag a pair is one character outside this class); the two non-characters; and what XML needs escaped.
const SPECIAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f&<>\ud800-\udfff\ufffe\uffff]/u;
const ALL_SPECIAL = new RegExp(SPECIAL, "gu");

/** A request to call `method` with positional parameters. */
export function encodeCall(method: string, params: readonly XmlRpcValue[]): string {
  let list = "";
  for (const param of params) list += `<param>\n${encodeValue(param)}</param>\n`;
  return (
    `${PROLOGUE}<methodCall>\n<methodName>${escapeText(method)}</methodName>\n` +
    `<params>\n${list}</params>\n</methodCall>\n`
  );
}

/** A successful answer. */
export function encodeResponse(value: XmlRpcValue): string {
  return (
    `${PROLOGUE}<methodResponse>\n<params>\n<param>\n` +
    `${encodeValue(value)}</param>\n</params>\n</methodResponse>\n`
  );
}

/** An answer that says what went wrong. */
export function encodeFault(code: number, text: string): string {
  const body = encodeValue({ faultCode: code, faultString: text });
  return `${PROLOGUE}<methodResponse>\n<fault>\n${body}</fault>\n</methodResponse>\n`;
}

function encodeValue(value: XmlRpcValue): string {
  switch (typeof value) {
    case "string":
      return `<value><string>${escapeText(value)}</string></value>\n`;
    case "boolean":
      return value
        ? "<value><boolean>1</boolean></value>\n"
        : "<value><boolean>0</boolean></value>\n";
    case "number":
      return encodeNumber(value);
    default:
      return encodeComposite(value);
  }
}

/**
 * @remarks Integers beyond 32 bits keep `<int>`: the offset of a log over 2 GiB is one, Python's writer would refuse
 * it and fail the call, and readers that count in 64 bits take it.
 */
function encodeNumber(value: number): string {
  if (Number.isSafeInteger(value)) return `<value><int>${value}</int></value>\n`;
  if (Number.isInteger(value)) return `<value><int>${BigInt(value)}</int></value>\n`;
  return encodeDouble(value);
}

function encodeDouble(value: number): string {
  return `<value><double>${doubleText(value)}</double></value>\n`;
}

function encodeComposite(
  value: Uint8Array | XmlRpcDate | XmlRpcDouble | readonly XmlRpcValue[] | XmlRpcStruct,
): string {
  if (value instanceof Uint8Array) {
    return `<value><base64>\n${encodeBase64Lines(value)}</base64></value>\n`;
  }
  if (isArray(value)) {
    let items = "";
    for (const item of value) items += encodeValue(item);
    return `<value><array><data>\n${items}</data></array></value>\n`;
  }
  if (isDate(value)) {
    return `<value><dateTime.iso8601>${escapeText(value.iso8601)}</dateTime.iso8601></value>\n`;
  }
  if (isDouble(value)) return encodeDouble(value.value);
  return encodeStruct(value);
}

function encodeStruct(value: XmlRpcStruct): string {
  let members = "";
  for (const [name, member] of Object.entries(value)) {
    members += `${memberHead(name)}${encodeValue(member)}</member>\n`;
  }
  return `<value><struct>\n${members}</struct></value>\n`;
}

/** The same few names come back in every struct of a list. */
const memberHeads = new Map<string, string>();
const MAX_MEMBER_HEADS = 256;

function memberHead(name: string): string {
  const known = memberHeads.get(name);
  if (known !== undefined) return known;
  const head = `<member>\n<name>${escapeText(name)}</name>\n`;
  if (memberHeads.size < MAX_MEMBER_HEADS) memberHeads.set(name, head);
  return head;
}

/** Array.isArray alone loses the element type of a readonly array. */
function isArray(value: object): value is readonly XmlRpcValue[] {
  return Array.isArray(value);
}

// A struct is told from the two tagged values by exact shape, because `kind` is a fair name for a member.
function isDate(value: object): value is XmlRpcDate {
  return "iso8601" in value && hasTag(value, "date");
}

function isDouble(value: object): value is XmlRpcDouble {
  return "value" in value && typeof value.value === "number" && hasTag(value, "double");
}

function hasTag(value: object, tag: string): boolean {
  return "kind" in value && value.kind === tag && Object.keys(value).length === 2;
}

function escapeText(text: string): string {
  return SPECIAL.test(text) ? text.replace(ALL_SPECIAL, replacement) : text;
}

function replacement(char: string): string {
  if (char === "&") return "&amp;";
  if (char === "<") return "&lt;";
  if (char === ">") return "&gt;";
  return "\ufffd";
}

/** The shortest text that reads back as the same double, written as Python writes it. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  // Python changes to scientific notation at other exponents than JavaScript does.
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = exponent < 0 ? fixedFraction(digits, exponent) : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

/** Writes d.ddd × 10^exponent, for -4 ≤ exponent < 0, without an exponent. */
function fixedFraction(digits: string, exponent: number): string {
  const negative = digits.startsWith("-");
  const bare = digits.replace("-", "").replace(".", "");
  return `${negative ? "-" : ""}0.${"0".repeat(-exponent - 1)}${bare}`;
}
