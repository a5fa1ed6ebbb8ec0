// The OpenAPI 3.1 document of the JSON API, made from the table of methods.

import type { Permission } from "../access/permissions.ts";
import { FAULT_CODES, type FaultName } from "../xmlrpc/faults.ts";
import { PROBLEM_TYPE, PROBLEMS } from "./problems.ts";
import {
  type Parameter,
  parameterSchema,
  parametersSchema,
  type Schema,
  type Shape,
  schemaOf,
  wireType,
} from "./signature.ts";

export const API_PATH = "/api/v1";

/** A method as the API has it. */
export interface Operation {
  /** With its namespace. */
  readonly name: string;
  readonly params: readonly Parameter[] | null;
  readonly returns: Shape;
  readonly help: string;
  readonly permission: Permission;
}

/**
 * Whether a method may be called with GET, which must never act: it needs no more than "read", and its parameters fit into a query.
 * So `system.multicall`, which calls any method, is none of them.
 */
export function isQuery({ permission, params }: Pick<Operation, "permission" | "params">): boolean {
  if (permission !== "read" || params === null) return false;
  return params.every(({ type }) => type !== "array" && type !== "struct");
}

/** What a help text says first. */
export function summaryOf(help: string): string {
  return /^.*?(?=[.:;](?:\s|$)|$)/s.exec(help)?.[0] ?? "";
}

/** The document. It names all methods, also those that a client is not permitted. */
export function openApi(operations: readonly Operation[]): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "tsv",
      version: "1",
      description:
        "The methods of the daemon. Those that only read are called with GET, or with POST as all others are: " +
        "with a JSON object of the parameters by name. Answers may have more members than are described.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    // A unix socket, and a server without users, ask for neither.
    security: [{}, { basic: [] }, { bearer: [] }],
    tags: [...new Set(operations.map(namespaceOf))].map((name) => ({ name })),
    paths: Object.fromEntries([
      ...operations.map((each) => [`${API_PATH}/${each.name}`, pathOf(each)]),
      ...STREAMS,
    ]),
    components: {
      securitySchemes: {
        basic: { type: "http", scheme: "basic" },
        bearer: { type: "http", scheme: "bearer" },
      },
      schemas: { Problem: PROBLEM },
      responses: {
        Problem: {
          description: "Why there is no answer",
          content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
  };
}

const FAULT_NAMES = Object.keys(FAULT_CODES) as FaultName[];

const PROBLEM: Schema = {
  type: "object",
  description: FAULT_NAMES.map((name) => {
    const { status, title } = PROBLEMS[name];
    return `${name} (${FAULT_CODES[name]}): ${status}, ${title}.`;
  }).join(" "),
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    fault: { type: "string", enum: FAULT_NAMES },
    code: { type: "integer" },
  },
  required: ["type", "title", "status"],
};

const FAILURE = { default: { $ref: "#/components/responses/Problem" } };

const namespaceOf = ({ name }: Operation): string => name.replace(/\..*/, "");

function pathOf(operation: Operation): Schema {
  const { name, params, returns, help, permission } = operation;
  const described = {
    operationId: name,
    summary: summaryOf(help),
    description: help,
    tags: [namespaceOf(operation)],
    "x-permission": permission,
    responses: { "200": answerOf(returns), ...FAILURE },
  };
  if (isQuery(operation)) {
    return { get: { ...described, parameters: (params ?? []).map(queryParameter) } };
  }
  const isRequired = params?.some(({ optional }) => !optional) ?? false;
  const content = { "application/json": { schema: parametersSchema(params) } };
  return { post: { ...described, requestBody: { required: isRequired, content } } };
}

/** Bytes are sent as they are. */
function answerOf(returns: Shape): Schema {
  const content =
    wireType(returns) === "base64"
      ? { "application/octet-stream": {} }
      : { "application/json": { schema: schemaOf(returns) } };
  return { description: "What the method returns", content };
}

function queryParameter(param: Parameter): Schema {
  const { name, optional } = param;
  return { name, in: "query", required: !optional, schema: parameterSchema(param) };
}

function stream(
  operationId: string,
  summary: string,
  types: readonly string[],
  parameters: readonly Schema[],
): Schema {
  const content = Object.fromEntries(types.map((type) => [type, { schema: { type: "string" } }]));
  return {
    get: {
      ...{ operationId, summary, tags: ["streams"], "x-permission": "read", parameters },
      responses: { "200": { description: "A stream without an end", content }, ...FAILURE },
    },
  };
}

const inPath = (name: string): Schema => ({
  ...{ name, in: "path", required: true },
  schema: { type: "string" },
});

/** Paths beside the methods. */
const STREAMS: readonly (readonly [path: string, item: Schema])[] = [
  [
    `${API_PATH}/events`,
    stream(
      "events",
      "The events after a cursor, and all that follow",
      ["text/event-stream", "application/x-ndjson"],
      [
        {
          ...{ name: "cursor", in: "query", required: false },
          ...{ schema: { type: "string" }, description: "Without one: the events from now on" },
        },
      ],
    ),
  ],
  [
    "/logtail/{name}/{channel}",
    stream(
      "logs",
      "The end of a log of a program, and all that is written to it",
      ["text/plain"],
      [inPath("name"), inPath("channel")],
    ),
  ],
];
