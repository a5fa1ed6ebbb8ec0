// An XML-RPC answer to a value. Requests are read by decode-call.ts, which trusts no input.

import { atOnce } from "../base/turns.ts";
import { isStruct } from "./fields.ts";
import { decodeJson } from "./json.ts";
import { readValue } from "./read-value.ts";
import type { XmlRpcValue } from "./value.ts";
import type { XmlCursor } from "./xml-cursor.ts";
import { expectClose, expectOpen, isOpen, skipBlank, XmlRpcSyntaxError } from "./xml-cursor.ts";
import { scanXml } from "./xml-scanner.ts";

/** What a server answered. */
type DecodedResponse =
  | { readonly kind: "value"; readonly value: XmlRpcValue }
  | { readonly kind: "fault"; readonly code: number; readonly text: string }
  /** No XML-RPC answer at all: another kind of server, or one that was cut off. */
  | { readonly kind: "invalid"; readonly reason: string };

/**
 * Reads an answer.
 * @remarks `status` with 1000 programs brings over a megabyte of XML, where a general parser would cost more than
 * all the rest of the command: hence the project's own scanner for the few parts of XML that XML-RPC uses.
 */
export function decodeResponse(xml: string): DecodedResponse {
  try {
    return readResponse(xml);
  } catch (error) {
    if (error instanceof XmlRpcSyntaxError) return { kind: "invalid", reason: error.message };
    throw error;
  }
}

/** Reads an answer of either form: JSON, which a client of tsv asks for, or XML, which Supervisor sends all the same. */
export function decodeReply(text: string): DecodedResponse {
  return (text.startsWith("{") ? decodeJson(text) : null) ?? decodeResponse(text);
}

function readResponse(xml: string): DecodedResponse {
  const cursor = scanXml(xml);
  expectOpen(cursor, "methodResponse");
  skipBlank(cursor);
  const answer = isOpen(cursor, "fault") ? readFault(cursor) : readResult(cursor);
  expectClose(cursor);
  if (cursor.kind !== "end") throw new XmlRpcSyntaxError("unexpected data after the answer");
  return answer;
}

function readResult(cursor: XmlCursor): DecodedResponse {
  expectOpen(cursor, "params");
  expectOpen(cursor, "param");
  skipBlank(cursor);
  const value = atOnce(readValue(cursor, { values: 0 }));
  expectClose(cursor);
  expectClose(cursor);
  return { kind: "value", value };
}

function readFault(cursor: XmlCursor): DecodedResponse {
  expectOpen(cursor, "fault");
  skipBlank(cursor);
  const value = atOnce(readValue(cursor, { values: 0 }));
  expectClose(cursor);
  if (!isStruct(value)) throw new XmlRpcSyntaxError("a fault that is not a struct");
  const code = value["faultCode"];
  const text = value["faultString"];
  if (typeof code !== "number" || typeof text !== "string") {
    throw new XmlRpcSyntaxError("a fault without its code and text");
  }
  return { kind: "fault", code, text };
}
