// An XML-RPC request to a method name and its parameters, in every form that clients have been seen to write.

import type { Result } from "../base/result.ts";
import { err, ok } from "../base/result.ts";
import { atOnce, type Steps } from "../base/turns.ts";
import { readValue } from "./read-value.ts";
import type { XmlRpcValue } from "./value.ts";
import type { XmlCursor } from "./xml-cursor.ts";
import {
  expectClose,
  expectOpen,
  isOpen,
  skipBlank,
  skipElement,
  takeText,
  XmlRpcSyntaxError,
} from "./xml-cursor.ts";
import { readXml } from "./xml-reader.ts";

/** What a client asks for. */
export interface MethodCall {
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
}

/** Why a request is none; `kind` is the word the activity log has for it. */
export interface CallError {
  readonly kind: "unmarshallable" | "no method name";
  readonly reason: string;
}

/** Reads a request; the declared encoding is of no interest, since bytes have become text already. */
export function decodeCall(xml: string): Result<MethodCall, CallError> {
  return atOnce(decodeCallInSteps([xml]));
}

/** Reads a request in steps. @param pieces the text, cut anywhere; a step takes one of them */
export function* decodeCallInSteps(
  pieces: readonly string[],
): Steps<Result<MethodCall, CallError>> {
  try {
    const cursor = yield* readXml(pieces);
    return yield* readCall(cursor);
  } catch (error) {
    if (error instanceof XmlRpcSyntaxError)
      return err({ kind: "unmarshallable", reason: error.message });
    throw error;
  }
}

function* readCall(cursor: XmlCursor): Steps<Result<MethodCall, CallError>> {
  let method = "";
  let params: readonly XmlRpcValue[] = [];
  expectOpen(cursor, "methodCall");
  skipBlank(cursor);
  while (cursor.kind === "open") {
    if (isOpen(cursor, "methodName")) {
      cursor.advance();
      method = takeText(cursor);
    } else if (isOpen(cursor, "params")) {
      params = yield* readParams(cursor);
    } else {
      skipElement(cursor);
    }
    skipBlank(cursor);
  }
  expectClose(cursor);
  if (method === "")
    return err({ kind: "no method name", reason: "no <methodName>, or an empty one" });
  return ok({ method, params });
}

function* readParams(cursor: XmlCursor): Steps<readonly XmlRpcValue[]> {
  const pace = { values: 0 };
  const params: XmlRpcValue[] = [];
  expectOpen(cursor, "params");
  skipBlank(cursor);
  while (isOpen(cursor, "param")) {
    cursor.advance();
    params.push(yield* readValue(cursor, pace));
    expectClose(cursor);
    skipBlank(cursor);
  }
  expectClose(cursor);
  return params;
}
