// The parameters of a request to the JSON API, by name: from a JSON object, or from the query of an address. Errors are sentences.

import { err, ok, type Result } from "../base/result.ts";
import { toWire } from "../plugins/module.ts";
import { double, type XmlRpcValue } from "../xmlrpc/value.ts";
import type { Parameter } from "./signature.ts";

type Given = ReadonlyMap<string, XmlRpcValue>;

/** Parameters from an object. JSON has a null, which no method takes. */
export function fromObject(parsed: unknown): Result<Given, string> {
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return err("the parameters must be an object, with the name of each");
  }
  const given = new Map<string, XmlRpcValue>();
  for (const [name, value] of Object.entries(parsed)) {
    const read = toWire(value);
    if (!read.ok) return err(`${name} contains ${read.error}, which no method takes`);
    given.set(name, read.value);
  }
  return ok(given);
}

/** The same from the text of a request; nothing stands for no parameters. */
export function fromJson(text: string): Result<Given, string> {
  if (text.trim() === "") return ok(new Map());
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return err("the body is not JSON");
  }
  return fromObject(parsed);
}

/** Parameters from the query of a target, read as their types say. */
export function fromQuery(params: readonly Parameter[], target: string): Result<Given, string> {
  const [, query = ""] = /\?([^#]*)/.exec(target) ?? [];
  const given = new Map<string, XmlRpcValue>();
  for (const [name, text] of new URLSearchParams(query)) {
    if (given.has(name)) return err(`${name} is given twice`);
    const type = params.find((param) => param.name === name)?.type ?? "string";
    given.set(name, fromText(type, text));
  }
  return ok(given);
}

/** A text that is none of the type stays one: the method refuses it. */
function fromText(type: Parameter["type"], text: string): XmlRpcValue {
  if (type === "int" && /^[+-]?\d{1,15}$/.test(text)) return Number(text);
  if (type === "double" && /^[+-]?\d+(?:\.\d+)?$/.test(text)) return double(Number(text));
  if (type !== "boolean") return text;
  return { true: true, "1": true, false: false, "0": false }[text] ?? text;
}
