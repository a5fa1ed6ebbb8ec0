// JavaScript modules of users, the same for RPC methods and actions of ctl: which module a factory names, how its export is
// called, and how values pass between the module and the wire.

import { err, ok, type Result } from "../base/result.ts";
import type { ModuleReference } from "../config/model.ts";
import { absolutePath, dirname, joinPath } from "../config/paths.ts";
import { isArray, Utf8Text, type XmlRpcValue } from "../xmlrpc/value.ts";

const MODULE = /^(.+\.[cm]?js)(?::([A-Za-z_$][\w$]*))?$/;

/**
 * The module that a factory value names, `./x.mjs` or `/abs/x.js` or `x.cjs`, with `:name` behind it for an export other
 * than the default one; null for a Python factory.
 * @param file the configuration file that it stands in: relative paths are relative to its directory
 */
export function moduleOf(factory: string, file: string, cwd: string): ModuleReference | null {
  const [, path, name] = MODULE.exec(factory.trim()) ?? [];
  if (path === undefined) return null;
  return { path: absolutePath(joinPath(dirname(file), path), cwd), name: name ?? "default" };
}

/** The warning about a Python factory without a counterpart in tsv. */
export const UNKNOWN_FACTORY =
  "it is a Python factory, which tsv cannot load. Use a JavaScript module instead: see docs/plugins.md";

/** A function of a module, with unknown parameters. */
export type Callable = (...args: readonly unknown[]) => unknown;

/**
 * Calls a module's factory.
 * @param what the members of the object that it returns: "methods"
 * @param describe describes an error that it throws
 * @returns the members of the object without the private ones, or in one sentence why there are none
 */
export function callFactory(
  factory: unknown,
  args: readonly unknown[],
  what: string,
  describe: (thrown: unknown) => string,
): Result<readonly (readonly [name: string, value: unknown])[], string> {
  if (!isCallable(factory)) return err("its export is not a function");
  let made: unknown;
  try {
    made = factory(...args);
  } catch (error) {
    return err(`its factory failed: ${describe(error)}`);
  }
  if (typeof made !== "object" || made === null || "then" in made) {
    return err(`its factory must return an object of ${what}, not a promise or anything else`);
  }
  // As in Supervisor, a name that begins with an underscore is private.
  return ok(Object.entries(made).filter(([name]) => !name.startsWith("_")));
}

/** Whether a value can be called. */
export function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}

/** The parameters of a call that a module makes. @throws TypeError naming what cannot be sent */
export function toWireParams(method: string, params: readonly unknown[]): readonly XmlRpcValue[] {
  return params.map((param) => {
    const value = toWire(param);
    if (!value.ok) throw new TypeError(`${value.error} cannot be sent to ${method}`);
    return value.value;
  });
}

/** Deeper values are refused; one that contains itself would have no end. */
const MAX_DEPTH = 100;

/** A value of the wire for a module: doubles become numbers, dates become text. */
export function toPlain(value: XmlRpcValue): unknown {
  if (typeof value !== "object" || value instanceof Uint8Array) return value;
  if (value instanceof Utf8Text) return value.toString();
  if (isArray(value)) return value.map(toPlain);
  if (value["kind"] === "double" && typeof value["value"] === "number") return value["value"];
  if (value["kind"] === "date" && typeof value["iso8601"] === "string") return value["iso8601"];
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toPlain(member)]));
}

/** A value of a module for the wire; undefined becomes true. The error names the part that cannot be sent. */
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
  // A module may change its bytes after the call.
  if (value instanceof Uint8Array) return ok(new Uint8Array(value));
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
  const members: (readonly [name: string, value: XmlRpcValue])[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const sent = toWire(member, depth + 1);
    if (!sent.ok) return sent;
    members.push([key, sent.value]);
  }
  return ok(Object.fromEntries(members));
}

/**
 * Type names as doc strings and `system.methodSignature` have them, and whether a plain value is of the type. A whole number is a
 * double too; 0 and 1 are booleans.
 */
const TYPES = {
  string: (value) => typeof value === "string",
  int: Number.isInteger,
  boolean: (value) => typeof value === "boolean" || value === 0 || value === 1,
  double: (value) => typeof value === "number",
  base64: (value) => value instanceof Uint8Array,
  array: Array.isArray,
  struct: (value) =>
    typeof value === "object" &&
    value !== null &&
    !(Array.isArray(value) || value instanceof Uint8Array),
  any: () => true,
} as const satisfies Readonly<Record<string, (value: unknown) => boolean>>;

export type DocType = keyof typeof TYPES;
const DOC_TYPES = Object.keys(TYPES) as DocType[];

export function isDocType(name: string): name is DocType {
  return DOC_TYPES.some((each) => each === name);
}

export function isOfType(type: DocType, value: unknown): boolean {
  return TYPES[type](value);
}

interface DocParam {
  readonly name: string;
  readonly type: DocType;
  readonly optional: boolean;
}

export interface MethodDoc {
  /** The whole text, its lines without the indentation they have in common. */
  readonly help: string;
  readonly params: readonly DocParam[];
  readonly returns: DocType;
}

/**
 * Reads a doc string in the form that Supervisor's own have: text, then `@param <type> <name> ...` for each parameter and
 * `@return <type> ...`. A name in brackets is an optional parameter. The error names the line that cannot be understood.
 */
export function parseDocString(text: string): Result<MethodDoc, string> {
  const lines = dedent(text);
  const params: DocParam[] = [];
  let returns: DocType = "any";
  for (const line of lines) {
    const [tag, type = "", name = ""] = line.trim().split(/\s+/);
    if (tag !== "@param" && tag !== "@return") continue;
    const known = DOC_TYPES.find((each) => each === type);
    if (known === undefined) {
      return err(`"${line.trim()}": the type must be one of ${DOC_TYPES.join(", ")}`);
    }
    if (tag === "@return") {
      returns = known;
      continue;
    }
    const [, bracketed, plain] = /^(?:\[(\w+)\]|(\w+))$/.exec(name) ?? [];
    if (bracketed === undefined && plain === undefined) {
      return err(`"${line.trim()}": a name, or a name in brackets, must follow the type`);
    }
    const optional = bracketed !== undefined;
    if (!optional && params.at(-1)?.optional) {
      return err(
        `"${line.trim()}": it follows an optional parameter, so it has to be optional, too`,
      );
    }
    params.push({ name: bracketed ?? plain ?? "", type: known, optional });
  }
  return ok({ help: lines.join("\n").trim(), params, returns });
}

function dedent(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  // The first line follows the quote directly and has no indentation to speak of.
  const indents = lines.slice(1).flatMap((line) => (line === "" ? [] : [line.search(/\S/)]));
  const common = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line, index) => (index === 0 ? line.trimStart() : line.slice(common)));
}
