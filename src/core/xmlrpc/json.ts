// The same answers in JSON, for clients that ask for it: tsv's own ctl does, because reading a thousand processes from XML
// takes it longer than all the rest. Supervisor answers such a request in XML as always, which is told by its first byte.

import { FAULT_CODES, type Fault, faultText } from "./faults.ts";
import type { XmlRpcValue } from "./value.ts";

/**
 * What a request's Accept header must contain to be answered in JSON.
 * @remarks Not plain `application/json`: HTTP libraries send that with every request, also with XML-RPC ones.
 */
export const JSON_TYPE = "application/vnd.tsv+json";

/** What a reply says: the value of a method, or its fault. */
export type Answer =
  | { readonly kind: "value"; readonly value: XmlRpcValue }
  | { readonly kind: "fault"; readonly code: number; readonly text: string };

/** A method's value as `{"value": ...}`. Methods answer with text, numbers, booleans, arrays and structs only. */
export function encodeJsonValue(value: XmlRpcValue): string {
  return JSON.stringify({ value });
}

/** A fault as `{"fault": {"code", "text"}}`. */
export function encodeJsonFault(fault: Fault): string {
  return JSON.stringify({ fault: { code: FAULT_CODES[fault.name], text: faultText(fault) } });
}

/** Reads an answer in JSON; null when it is none. */
export function decodeJson(text: string): Answer | null {
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
