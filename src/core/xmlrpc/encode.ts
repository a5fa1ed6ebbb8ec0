// Values to XML, in the layout of Python's xmlrpc.client: clients exist that match lines of it.
// Whatever a program wrote to its log, the XML stays well-formed: characters that XML forbids become U+FFFD.

import { remembered } from "../base/remembered.ts";
import { encodeBase64Lines } from "./base64.ts";
import { type Brackets, MOST_NAMES, type Notation, type PartSizes, Parts, whole } from "./parts.ts";
import type { XmlRpcValue } from "./value.ts";

const PROLOGUE = "<?xml version='1.0'?>\n";

// Control characters other than tab, line feed and carriage return; surrogates that are not in a pair (with the `u`
// flag a pair is one character outside this class); the two non-characters; and what XML needs escaped.
const SPECIAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f&<>\ud800-\udfff\ufffe\uffff]/u;
const ALL_SPECIAL = new RegExp(SPECIAL, "gu");

const RESPONSE: Brackets = {
  open: `${PROLOGUE}<methodResponse>\n<params>\n<param>\n`,
  close: "</param>\n</params>\n</methodResponse>\n",
};
const FAULT: Brackets = {
  open: `${PROLOGUE}<methodResponse>\n<fault>\n`,
  close: "</fault>\n</methodResponse>\n",
};

/** A request to call `method` with positional parameters. */
export function encodeCall(method: string, params: readonly XmlRpcValue[]): string {
  let list = "";
  for (const param of params) list += whole(param, XML, { open: "<param>\n", close: "</param>\n" });
  return (
    `${PROLOGUE}<methodCall>\n<methodName>${escapeText(method)}</methodName>\n` +
    `<params>\n${list}</params>\n</methodCall>\n`
  );
}

/** A successful answer, a part at a time. */
export function responseParts(value: XmlRpcValue, sizes?: PartSizes): Parts {
  return new Parts(value, XML, RESPONSE, sizes);
}

/** A successful answer. */
export function encodeResponse(value: XmlRpcValue): string {
  return whole(value, XML, RESPONSE);
}

/** A fault. */
export function encodeFault(code: number, text: string): string {
  return whole({ faultCode: code, faultString: text }, XML, FAULT);
}

/** XML as Python's xmlrpc.client lays it out. */
const XML: Notation = {
  text: { open: "<value><string>", close: "</string></value>\n" },
  escape: escapeText,
  bytes: { open: "<value><base64>\n", close: "</base64></value>\n" },
  bytesStep: 57 * 256,
  writeBytes: (bytes, from) => encodeBase64Lines(bytes.subarray(from, from + 57 * 256)),
  array: { open: "<value><array><data>\n", close: "</data></array></value>\n" },
  struct: { open: "<value><struct>\n", close: "</struct></value>\n" },
  comma: "",
  memberHead: remembered((name) => `<member>\n<name>${escapeText(name)}</name>\n`, MOST_NAMES),
  memberEnd: "</member>\n",
  scalar(value) {
    if (typeof value === "number") return encodeNumber(value);
    if (typeof value === "boolean") {
      return value
        ? "<value><boolean>1</boolean></value>\n"
        : "<value><boolean>0</boolean></value>\n";
    }
    if (value.kind === "double") return encodeDouble(value.value);
    return `<value><dateTime.iso8601>${escapeText(value.iso8601)}</dateTime.iso8601></value>\n`;
  },
};

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
