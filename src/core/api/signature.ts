// What a method takes and returns, as data: from it follow the signature of XML-RPC, the schemas of the JSON API, and the order of
// parameters that a client gives by name.

import { err, ok, type Result } from "../base/result.ts";
import type { DocType } from "../plugins/module.ts";
import type { XmlRpcValue } from "../xmlrpc/value.ts";

/**
 * A value: a type; `[S]`, an array of S; `[S, T]`, an S or a T; or the members of a struct, `"name?"` for one that may be absent,
 * `"*"` for those whose names depend on something. Later versions may add members.
 */
export type Shape = DocType | readonly Shape[] | { readonly [member: string]: Shape };

/** A parameter as clients see it. */
export interface Parameter {
  readonly name: string;
  readonly type: DocType;
  readonly optional: boolean;
  /** The value that has the same effect as leaving an optional one out; absent if there is none. */
  readonly preset?: XmlRpcValue;
}

/** The name that the types of XML-RPC have for it; of several the first. */
export function wireType(shape: Shape): DocType {
  if (typeof shape === "string") return shape;
  if (!isList(shape)) return "struct";
  const [first = "any", ...more] = shape;
  return more.length === 0 ? "array" : wireType(first);
}

/** The member of a shape that stands for all others. */
const OTHERS = "*";

/** A JSON Schema of draft 2020-12, which is that of OpenAPI 3.1. */
export type Schema = Readonly<Record<string, unknown>>;

const SCHEMAS: Readonly<Record<DocType, Schema>> = {
  string: { type: "string" },
  int: { type: "integer" },
  boolean: { type: "boolean" },
  double: { type: "number" },
  base64: { type: "string", contentEncoding: "base64" },
  array: { type: "array" },
  struct: { type: "object" },
  any: {},
};

export function schemaOf(shape: Shape): Schema {
  if (typeof shape === "string") return SCHEMAS[shape];
  if (isList(shape)) {
    const schemas = shape.map(schemaOf);
    return schemas.length === 1 ? { type: "array", items: schemas[0] } : { anyOf: schemas };
  }
  const { [OTHERS]: others, ...named } = shape as { readonly [member: string]: Shape };
  const members = Object.entries(named).map(([member, of]) => {
    return { name: member.replace(/\?$/, ""), isRequired: !member.endsWith("?"), of };
  });
  return {
    type: "object",
    properties: Object.fromEntries(members.map(({ name, of }) => [name, schemaOf(of)])),
    required: members.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    ...(others === undefined ? {} : { additionalProperties: schemaOf(others) }),
  };
}

/** Of one parameter. */
export function parameterSchema({ type, preset }: Parameter): Schema {
  return preset === undefined ? SCHEMAS[type] : { ...SCHEMAS[type], default: preset };
}

/** The member that holds the parameters, in an array, of a method that does not name them. */
export const UNNAMED = "params";

/** Of the object that has all parameters of a method by name. @param params null for a method that does not name them */
export function parametersSchema(params: readonly Parameter[] | null): Schema {
  if (params === null) return { type: "object", properties: { [UNNAMED]: SCHEMAS.array } };
  return {
    type: "object",
    properties: Object.fromEntries(params.map((param) => [param.name, parameterSchema(param)])),
    required: params.filter(({ optional }) => !optional).map(({ name }) => name),
    additionalProperties: false,
  };
}

/** Values in the order of the parameters. The error is a sentence that names the parameter. */
export function inOrder(
  params: readonly Parameter[] | null,
  given: ReadonlyMap<string, XmlRpcValue>,
): Result<readonly XmlRpcValue[], string> {
  const names = params?.map(({ name }) => name) ?? [UNNAMED];
  const unknown = [...given.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return err(`there is no parameter ${JSON.stringify(unknown)}: ${names.join(", ") || "none"}`);
  }
  if (params === null) {
    const values = given.get(UNNAMED) ?? [];
    return Array.isArray(values) ? ok(values) : err(`${UNNAMED} must be an array`);
  }
  const missing = params.find(({ name, optional }) => !optional && !given.has(name));
  if (missing !== undefined) return err(`${missing.name} is missing`);
  const values: XmlRpcValue[] = [];
  const last = names.findLastIndex((name) => given.has(name));
  for (const { name, preset } of params.slice(0, last + 1)) {
    const value = given.get(name) ?? preset;
    if (value === undefined) return err(`${name} is missing: a parameter after it is given`);
    values.push(value);
  }
  return ok(values);
}

function isList(shape: Shape): shape is readonly Shape[] {
  return Array.isArray(shape);
}
