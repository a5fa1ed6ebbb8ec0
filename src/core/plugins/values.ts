// Values between a user's module and the wire: what XML-RPC has becomes plain JavaScript, and back.

import { err, ok, type Result } from "../base/result.ts";
import { Utf8Text } from "../xmlrpc/utf8-text.ts";
import type { XmlRpcValue } from "../xmlrpc/value.ts";
import type { DocType } from "./doc-string.ts";

/** Deeper values are refused; one that contains itself would have no end. */
const MAX_DEPTH = 100;

/** What a client sent, as a module sees it: doubles are numbers, dates are their text. */
export function toPlain(value: XmlRpcValue): unknown {
  if (typeof value !== "object" || value instanceof Uint8Array) return value;
  if (value instanceof Utf8Text) return value.toString();
  if (isArray(value)) return value.map(toPlain);
  if (value["kind"] === "double" && typeof value["value"] === "number") return value["value"];
  if (value["kind"] === "date" && typeof value["iso8601"] === "string") return value["iso8601"];
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toPlain(member)]));
}

/** What a module gave, for the wire; nothing at all counts as true. The error says what cannot be sent. */
export function toWire(value: unknown, depth = 0): Result<XmlRpcValue, string> {
  if (depth > MAX_DEPTH) return err("a value that is nested too deeply, or contains itself");
  switch (typeof value) {
    case "undefined":
      return ok(true);
    case "string":
    case "boolean":
      return ok(value);
    case "number":
      if (Number.isSafeInteger(value)) return ok(value);
      return Number.isFinite(value) ? ok({ kind: "double", value }) : err(String(value));
    case "object":
      return objectToWire(value, depth);
    default:
      return err(`a ${typeof value}`);
  }
}

function objectToWire(value: object | null, depth: number): Result<XmlRpcValue, string> {
  if (value === null) return err("null");
  if (value instanceof Uint8Array) return ok(value);
  if (Array.isArray(value)) {
    const items: XmlRpcValue[] = [];
    for (const item of value) {
      const sent = toWire(item, depth + 1);
      if (!sent.ok) return sent;
      items.push(sent.value);
    }
    return ok(items);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return err(`an object of class ${value.constructor.name}`);
  }
  const members: Record<string, XmlRpcValue> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const sent = toWire(member, depth + 1);
    if (!sent.ok) return sent;
    members[key] = sent.value;
  }
  return ok(members);
}

/** Whether a plain value is of a type that a doc string names. A whole number is a double too; 0 and 1 are booleans. */
export function isOfType(type: DocType, value: unknown): boolean {
  switch (type) {
    case "any":
      return true;
    case "string":
    case "boolean":
      return typeof value === type || (type === "boolean" && (value === 0 || value === 1));
    case "int":
      return Number.isInteger(value);
    case "double":
      return typeof value === "number";
    case "base64":
      return value instanceof Uint8Array;
    case "array":
      return Array.isArray(value);
    case "struct":
      return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Uint8Array)
      );
  }
}

/** Array.isArray alone loses the element type of a readonly array. */
function isArray(value: XmlRpcValue): value is readonly XmlRpcValue[] {
  return Array.isArray(value);
}
