// The tools of `tsv mcp`: methods of the daemon, as tsv.getMethods describes them.

import type { Permission } from "../core/access/permissions.ts";
import { PROBLEMS } from "../core/api/problems.ts";
import { type Parameter, parametersSchema, type Schema } from "../core/api/signature.ts";
import { isDocType, toPlain } from "../core/plugins/module.ts";
import type { FaultName } from "../core/xmlrpc/faults.ts";
import { fieldOf, isArray, textOf, Utf8Text, type XmlRpcValue } from "../core/xmlrpc/value.ts";

/** What `--allow` may name; each includes those before it. Ending or replacing the daemon is never a tool. */
export const ALLOWED = ["read", "control", "configure"] as const satisfies readonly Permission[];
export type Allowed = (typeof ALLOWED)[number];

/** A method as a tool of the Model Context Protocol. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Schema & { readonly type: "object" };
  readonly annotations: {
    readonly title: string;
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** A method that is a tool. */
export interface ToolMethod {
  readonly tool: Tool;
  /** With its namespace. */
  readonly method: string;
  /** Null for a method that does not name them. */
  readonly params: readonly Parameter[] | null;
}

/** Methods about methods: system.multicall would call those that are not allowed. */
const NO_TOOLS = /^(?:system\.|tsv\.getMethods$)/;
/** Clients refuse longer names. */
const MOST_NAME = 64;

/**
 * The tools for a caller: its permissions, and those that were allowed.
 * @param methods the answer of tsv.getMethods
 */
export function toolsOf(methods: XmlRpcValue, allowed: Allowed): ReadonlyMap<string, ToolMethod> {
  const permissions: readonly string[] = ALLOWED.slice(0, ALLOWED.indexOf(allowed) + 1);
  const tools = new Map<string, ToolMethod>();
  for (const row of isArray(methods) ? methods : []) {
    const method = textOf(fieldOf(row, "name"));
    const permission = textOf(fieldOf(row, "permission"));
    const isAllowed = fieldOf(row, "permitted") === true && permissions.includes(permission);
    const name = toolName(method);
    if (!isAllowed || NO_TOOLS.test(method) || tools.has(name)) continue;
    const params = fieldOf(row, "named") === true ? paramsOf(fieldOf(row, "params")) : null;
    const isRead = permission === "read";
    const tool: Tool = {
      name,
      description: textOf(fieldOf(row, "help")),
      inputSchema: { ...parametersSchema(params), type: "object" },
      annotations: {
        title: method,
        readOnlyHint: isRead,
        destructiveHint: !isRead,
        openWorldHint: false,
      },
    };
    tools.set(name, { tool, method, params });
  }
  return tools;
}

/** `supervisor_start_process` for `supervisor.startProcess`. */
export function toolName(method: string): string {
  return method
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9_-]/g, "_")
    .toLowerCase()
    .slice(0, MOST_NAME);
}

function paramsOf(params: XmlRpcValue | null): readonly Parameter[] {
  return (params !== null && isArray(params) ? params : []).map((param) => {
    const type = textOf(fieldOf(param, "type"));
    const preset = fieldOf(param, "preset");
    return {
      name: textOf(fieldOf(param, "name")),
      type: isDocType(type) ? type : "any",
      optional: fieldOf(param, "optional") === true,
      ...(preset === null ? {} : { preset }),
    };
  });
}

const DECODER = new TextDecoder();

/** An answer as an assistant reads it: text as it is, all else as JSON. */
export function answerText(value: XmlRpcValue): string {
  if (typeof value === "string") return value;
  if (value instanceof Utf8Text) return value.toString();
  if (value instanceof Uint8Array) return DECODER.decode(value);
  return JSON.stringify(toPlain(value));
}

/** A fault in words. @param text of the fault, `NAME: detail` */
export function faultWords(name: FaultName | null, text: string): string {
  return name === null ? text : `${PROBLEMS[name].title} (${text})`;
}
