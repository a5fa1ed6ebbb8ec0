// Shapes of values, their schemas, and parameters by name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, fromQuery } from "../../../../src/core/api/given.ts";
import {
  inOrder,
  type Parameter,
  parametersSchema,
  type Shape,
  schemaOf,
  wireType,
} from "../../../../src/core/api/signature.ts";
import { ok, type Result } from "../../../../src/core/base/result.ts";

const SHAPES: readonly (readonly [shape: Shape, type: string, schema: object])[] = [
  ["int", "int", { type: "integer" }],
  ["any", "any", {}],
  [["string"], "array", { type: "array", items: { type: "string" } }],
  [[["int"]], "array", { type: "array", items: { type: "array", items: { type: "integer" } } }],
  [
    ["boolean", ["int"]],
    "boolean",
    { anyOf: [{ type: "boolean" }, { type: "array", items: { type: "integer" } }] },
  ],
  [
    { name: "string", "id?": "int" },
    "struct",
    {
      type: "object",
      properties: { name: { type: "string" }, id: { type: "integer" } },
      required: ["name"],
    },
  ],
  [
    { "*": ["string", "int"] },
    "struct",
    {
      ...{ type: "object", properties: {}, required: [] },
      additionalProperties: { anyOf: [{ type: "string" }, { type: "integer" }] },
    },
  ],
];

test("a shape has a type for XML-RPC and a JSON schema", () => {
  for (const [shape, type, schema] of SHAPES) {
    assert.deepEqual([wireType(shape), schemaOf(shape)], [type, schema]);
  }
});

const PARAMS: readonly Parameter[] = [
  { name: "name", type: "string", optional: false },
  { name: "channel", type: "string", optional: true, preset: "" },
  { name: "lines", type: "int", optional: true },
  { name: "backups", type: "boolean", optional: true, preset: false },
];

test("parameters have a schema without further members", () => {
  assert.deepEqual(parametersSchema(PARAMS), {
    type: "object",
    properties: {
      name: { type: "string" },
      channel: { type: "string", default: "" },
      lines: { type: "integer" },
      backups: { type: "boolean", default: false },
    },
    required: ["name"],
    additionalProperties: false,
  });
});

function placed(text: string, params: readonly Parameter[] | null = PARAMS) {
  const given = text.startsWith("?") ? fromQuery(params ?? [], text) : fromJson(text);
  const placed: Result<unknown, string> = given.ok ? inOrder(params, given.value) : given;
  return placed.ok ? placed.value : placed.error;
}

test("parameters by name come into their order, and those between have their presets", () => {
  const rows: readonly (readonly [text: string, values: unknown])[] = [
    ['{"name":"web"}', ["web"]],
    ['{"lines":3,"name":"web"}', ["web", "", 3]],
    ['{"name":"web","lines":1.5}', ["web", "", { kind: "double", value: 1.5 }]],
    ['{"name":"web","backups":true}', "lines is missing: a parameter after it is given"],
    ["", "name is missing"],
    ["{}", "name is missing"],
    [
      '{"name":"web","chanel":"stderr"}',
      'there is no parameter "chanel": name, channel, lines, backups',
    ],
    ['{"name":null}', "name contains null, which no method takes"],
    ["[1]", "the parameters must be an object, with the name of each"],
    ["null", "the parameters must be an object, with the name of each"],
    ["{", "the body is not JSON"],
    ["?name=web%3Aa&lines=3", ["web:a", "", 3]],
    ["?name=web&lines=many", ["web", "", "many"]],
    ["?name=1&lines=2&backups=true", ["1", "", 2, true]],
    ["?name=1&lines=2&backups=0#x", ["1", "", 2, false]],
    ["?name=1&lines=2&backups=yes", ["1", "", 2, "yes"]],
    ["?name=1&name=2", "name is given twice"],
  ];
  for (const [text, values] of rows) assert.deepEqual(placed(text), values, text);
});

test("a method that does not name its parameters takes an array of them", () => {
  assert.deepEqual(placed('{"params":[1,"a"]}', null), [1, "a"]);
  assert.deepEqual(placed("{}", null), []);
  assert.equal(placed('{"params":1}', null), "params must be an array");
  assert.equal(placed('{"name":1}', null), 'there is no parameter "name": params');
});

test("members of objects stay members, whatever their names are", () => {
  const given = fromJson('{"a":{"__proto__":{"b":1}},"__proto__":1}');
  assert.ok(given.ok);
  assert.deepEqual([...given.value.keys()], ["a", "__proto__"]);
  assert.deepEqual(Object.keys(Object(given.value.get("a"))), ["__proto__"]);
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.ok(!fromJson(deep).ok);
  assert.deepEqual(fromJson('{"a":[]}'), ok(new Map([["a", []]])));
});
