// cache_keys, cache_fetch and their kin: the actions of the Python package supervisor_cache, for the methods of the
// namespace `cache`.

import type { Json } from "../../core/base/envelope.ts";
import { pyRepr } from "../../core/base/py-repr.ts";
import { ok } from "../../core/base/result.ts";
import { splitCommand } from "../../core/config/posix-lexer.ts";
import { toPlain } from "../../core/plugins/values.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { type Command, type CommandContext, usageLines } from "../context.ts";
import type { CtlPluginFactory } from "./plugin.ts";

/** Where Python's pprint breaks lists. */
const WIDTH = 80;

interface Action {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly meaning: string;
  readonly method: string;
  readonly shows: (value: XmlRpcValue) => string | null;
}

const ACTIONS: readonly Action[] = [
  {
    name: "cache_clear",
    parameters: [],
    meaning: "Forget everything in the cache",
    method: "clear",
    shows: () => null,
  },
  {
    name: "cache_count",
    parameters: [],
    meaning: "Show how many keys there are in the cache",
    method: "getCount",
    shows: (value) => String(value),
  },
  {
    name: "cache_delete",
    parameters: ["key"],
    meaning: "Forget a key",
    method: "delete",
    shows: () => null,
  },
  {
    name: "cache_fetch",
    parameters: ["key"],
    meaning: "Show the value of a key",
    method: "fetch",
    shows: pythonText,
  },
  {
    name: "cache_keys",
    parameters: [],
    meaning: "Show all keys",
    method: "getKeys",
    shows: pythonText,
  },
  {
    name: "cache_store",
    parameters: ["key", "value"],
    meaning: "Keep a value under a key",
    method: "store",
    shows: () => null,
  },
];

/** Makes the actions. */
export const createCacheActions: CtlPluginFactory = () => ok(ACTIONS.map(toCommand));

function toCommand({ name, parameters, meaning, method, shows }: Action): Command {
  const form = [name, ...parameters.map((each) => `<${each}>`)].join(" ");
  const command: Command = {
    name,
    usage: [[form, meaning]],
    async run(context, argument) {
      const words = splitCommand(argument);
      if (!words.ok || words.value.length !== parameters.length) {
        context.report.usage(usageLines(command));
        return;
      }
      await show(context, await context.call(`cache.${method}`, words.value), shows);
    },
  };
  return command;
}

async function show(
  context: CommandContext,
  value: XmlRpcValue,
  shows: Action["shows"],
): Promise<void> {
  const line = shows(value);
  if (line !== null) context.report.item({ line, data: { value: toPlain(value) as Json } });
}

/** As Python's pprint shows it, except that long texts stay whole. */
function pythonText(value: XmlRpcValue): string {
  const plain = toPlain(value);
  const line = literal(plain);
  if (!Array.isArray(plain) || line.length <= WIDTH) return line;
  return `[${plain.map(literal).join(",\n ")}]`;
}

function literal(value: unknown): string {
  if (typeof value === "string") return pyRepr(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${pyRepr(key)}: ${literal(member)}`).join(", ")}}`;
}
