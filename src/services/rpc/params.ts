// Checks the parameters of RPC methods: their number and types, and the exceptions that Supervisor allows. A value of the
// wrong type is answered with a fault that names it.

import type { Parameter } from "../../core/api/signature.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { DocType } from "../../core/plugins/module.ts";
import { isArray, isStruct, type XmlRpcDouble, type XmlRpcValue } from "../../core/xmlrpc/value.ts";

/** One positional parameter. `read` gets undefined when the caller left it out, which only optional ones allow. */
export interface Param<T> extends Parameter {
  /** @returns the value, or the fault's detail */
  read(value: XmlRpcValue | undefined): Result<T, string>;
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const ENCODER = new TextEncoder();
const INTEGER_TEXT = /^[ \t\r\n]*[+-]?[0-9]{1,15}[ \t\r\n]*$/;

/** Text; base64 counts as UTF-8 text, as it does for Supervisor. */
export function text(name: string): Param<string> {
  return required(name, "string", (value) => {
    if (typeof value === "string") return ok(value);
    if (value instanceof Uint8Array) return ok(UTF8.decode(value));
    return mismatch(name, "a string", value);
  });
}

/** Text that may be left out; empty text is the same. */
export function optionalText(name: string): Param<string | null> {
  const { read } = text(name);
  return {
    name,
    type: "string",
    optional: true,
    preset: "",
    read(value) {
      const given = value === undefined ? ok("") : read(value);
      return given.ok && given.value === "" ? ok(null) : given;
    },
  };
}

/** A whole number; one written as text or as a double counts too, because `int()` of Python took it. */
export function integer(name: string): Param<number> {
  return required(name, "int", (value) => {
    if (typeof value === "number") return ok(Math.trunc(value));
    if (typeof value === "boolean") return ok(value ? 1 : 0);
    if (typeof value === "string" && INTEGER_TEXT.test(value)) return ok(Number(value));
    if (isDouble(value) && Number.isFinite(value.value)) return ok(Math.trunc(value.value));
    return mismatch(name, "an int", value);
  });
}

/** A whole number from 0 on, as a double beyond 32 bits. */
export function natural(name: string): Param<number> {
  const { read, ...param } = integer(name);
  return {
    ...param,
    read(value) {
      const given = read(value);
      if (!given.ok || (given.value >= 0 && Number.isSafeInteger(given.value))) return given;
      return err(`${name} must not be negative`);
    },
  };
}

/** A boolean that may be left out; PHP clients send 1 and 0. */
export function flag(name: string, preset: boolean): Param<boolean> {
  return {
    name,
    type: "boolean",
    optional: true,
    preset,
    read(value) {
      if (value === undefined) return ok(preset);
      if (typeof value === "boolean") return ok(value);
      if (typeof value === "number") return ok(value !== 0);
      return mismatch(name, "a boolean", value);
    },
  };
}

/** A signal as a name or as a number, which Go clients send as an int. */
export function signal(name: string): Param<string> {
  return required(name, "string", (value) => {
    if (typeof value === "string") return ok(value);
    if (typeof value === "number") return ok(String(value));
    return mismatch(name, "the name or number of a signal", value);
  });
}

/** What a program is to read: text goes out as UTF-8, base64 as the bytes it stands for. */
export function bytes(name: string): Param<Uint8Array> {
  return required(name, "string", (value) => {
    if (typeof value === "string") return ok(ENCODER.encode(value));
    if (value instanceof Uint8Array) return ok(value);
    return err(plainText(value));
  });
}

/** Anything, as text. */
export function anything(name: string): Param<string> {
  return required(name, "string", (value) => ok(plainText(value)));
}

/** An array of anything. */
export function list(name: string): Param<readonly XmlRpcValue[]> {
  return required(name, "array", (value) =>
    isArray(value) ? ok(value) : mismatch(name, "an array", value),
  );
}

function required<T>(
  name: string,
  type: DocType,
  read: (value: XmlRpcValue) => Result<T, string>,
): Param<T> {
  return {
    name,
    type,
    optional: false,
    read: (value) => (value === undefined ? err(`${name} is missing`) : read(value)),
  };
}

function mismatch(name: string, expected: string, value: XmlRpcValue): Result<never, string> {
  return err(`${name} must be ${expected}, not ${typeName(value)}`);
}

function typeName(value: XmlRpcValue): string {
  if (typeof value === "string") return "a string";
  if (typeof value === "number") return "an int";
  if (typeof value === "boolean") return "a boolean";
  if (value instanceof Uint8Array) return "base64";
  if (isArray(value)) return "an array";
  return isDouble(value) ? "a double" : "a struct";
}

function isDouble(value: XmlRpcValue): value is XmlRpcDouble {
  return isStruct(value) && value["kind"] === "double" && typeof value["value"] === "number";
}

/** A value as Python's `str()` prints the simple ones; composites as JSON, which no client relies on. */
function plainText(value: XmlRpcValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Uint8Array) return UTF8.decode(value);
  if (isDouble(value)) return String(value.value);
  return JSON.stringify(value);
}
