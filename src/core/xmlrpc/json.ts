// The same answers in JSON, for clients that ask for it: tsv's own ctl does, because reading a thousand processes from XML
// takes longer than everything else. Supervisor always answers in XML, which the first byte shows.

import { remembered } from "../base/remembered.ts";
import { encodeBase64 } from "./base64.ts";
import { FAULT_CODES, type Fault, faultText } from "./faults.ts";
import { type Brackets, MOST_NAMES, type Notation, type PartSizes, Parts, whole } from "./parts.ts";
import type { XmlRpcValue } from "./value.ts";

/**
 * What a request's Accept header must contain to be answered in JSON.
 * @remarks Not plain `application/json`: HTTP libraries send that with every request, also with XML-RPC ones.
 */
export const JSON_TYPE = "application/vnd.tsv+json";
/** The type of an answer to such a request that is bytes, such as a part of a log: they are sent as they are. */
export const BYTES_TYPE = "application/octet-stream";

/** The contents of a reply: the value of a method, or its fault. */
export type Reply =
  | { readonly kind: "value"; readonly value: XmlRpcValue }
  | { readonly kind: "fault"; readonly code: number; readonly text: string };

/** A multiple of three bytes, so that the parts make one base64 text. */
const BYTES_STEP = 24 * 1024;
/** What JSON.stringify may write otherwise than as it is; a text without any of it is most texts. */
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

/** JSON as JSON.stringify writes it, but bytes are `{"kind":"base64","value":"..."}`. */
const JSON_NOTATION: Notation = {
  text: { open: '"', close: '"' },
  escape: (text) => (SPECIAL.test(text) ? JSON.stringify(text).slice(1, -1) : text),
  bytes: { open: '{"kind":"base64","value":"', close: '"}' },
  bytesStep: BYTES_STEP,
  writeBytes: (bytes, from) => encodeBase64(bytes.subarray(from, from + BYTES_STEP)),
  array: { open: "[", close: "]" },
  struct: { open: "{", close: "}" },
  comma: ",",
  memberHead: remembered((name) => `${JSON.stringify(name)}:`, MOST_NAMES),
  memberEnd: "",
  scalar: (value) => (Number.isFinite(value) ? `${value}` : JSON.stringify(value)),
};

const VALUE: Brackets = { open: '{"value":', close: "}" };
const ALONE: Brackets = { open: "", close: "" };

/** A method's value as `{"value": ...}`, a part at a time. */
export function jsonParts(value: XmlRpcValue, sizes?: PartSizes): Parts {
  return new Parts(value, JSON_NOTATION, VALUE, sizes);
}

/** As a client without knowledge of XML-RPC expects it: doubles are numbers, dates texts, bytes a text in base64. */
const PLAIN_NOTATION: Notation = {
  ...JSON_NOTATION,
  bytes: { open: '"', close: '"' },
  scalar(value) {
    if (typeof value !== "object") return JSON_NOTATION.scalar(value);
    return JSON.stringify(value.kind === "date" ? value.iso8601 : value.value);
  },
};

/** A value alone and without kinds, a part at a time. */
export function plainJsonParts(value: XmlRpcValue): Parts {
  return new Parts(value, PLAIN_NOTATION, ALONE);
}

/** A method's value as `{"value": ...}`. */
export function encodeJsonValue(value: XmlRpcValue): string {
  return whole(value, JSON_NOTATION, VALUE);
}

/** A fault as `{"fault": {"code", "text"}}`. */
export function encodeJsonFault(fault: Fault): string {
  return JSON.stringify({ fault: { code: FAULT_CODES[fault.name], text: faultText(fault) } });
}

/** Reads an answer in JSON; null when it is none. */
export function decodeJson(text: string): Reply | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  if ("value" in parsed)
    return isValue(parsed.value) ? { kind: "value", value: parsed.value } : null;
  const fault = "fault" in parsed ? parsed.fault : null;
  if (typeof fault !== "object" || fault === null) return null;
  if (!("code" in fault) || !("text" in fault)) return null;
  const { code, text: why } = fault;
  if (typeof code !== "number" || typeof why !== "string") return null;
  return { kind: "fault", code, text: why };
}

/** JSON has a null, which XML-RPC has not. */
function isValue(value: unknown): value is XmlRpcValue {
  if (typeof value !== "object") return true;
  return value !== null && Object.values(value).every(isValue);
}
