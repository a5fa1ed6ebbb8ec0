// reread: reads the configuration again and says what is new, without acting on it.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import {
  type ChangedOptions,
  type ConfigChanges,
  readChangedOptions,
  readConfigChanges,
} from "../answers.ts";
import { faultCode, isShuttingDown } from "../client.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import type { Item } from "../report.ts";

export const reread: Command = {
  name: "reread",
  usage: [["reread", "Read the configuration again and show what would change; see update"]],
  run: runReread,
};

async function runReread(context: CommandContext, argument: string): Promise<void> {
  if (argument !== "") {
    context.misuse(reread, "Error: reread accepts no arguments");
    return;
  }
  const result = await context.client.call("supervisor.reloadConfig");
  if (!result.ok && result.error.kind === "fault") {
    if (isShuttingDown(result.error)) return context.fail("ERROR: supervisor shutting down");
    if (faultCode(result.error) === FAULT_CODES.CANT_REREAD) {
      if (context.isOwn) return await tellRefused(context, result.error.text);
      return context.fail(`ERROR: ${result.error.text}`);
    }
  }
  const changes = readConfigChanges(expectValue(result));
  const items = changeItems(changes, await optionsThatDiffer(context, changes));
  if (items.length > 0) context.report.items(items);
  else context.report.notice("No config updates to processes");
}

/** What each changed group differs in. Empty of a daemon that does not tell, and for clients of Supervisor. */
export async function optionsThatDiffer(
  context: CommandContext,
  { changed }: ConfigChanges,
): Promise<ChangedOptions> {
  if (!context.isOwn || changed.length === 0) return new Map();
  const answer = await context.client.call("tsv.getChangedOptions");
  return answer.ok ? readChangedOptions(answer.value) : new Map();
}

/** Adds the options that differ to an item. Pure. */
export function withOptions({ line, data }: Item, options: readonly string[] = []): Item {
  if (options.length === 0) return { line, data };
  return { line: `${line} (${options.join(", ")})`, data: { ...data, options } };
}

/** One line for each group that changed, sorted by name. Pure. */
function changeItems(changes: ConfigChanges, options: ChangedOptions): readonly Item[] {
  const words = new Map<string, string>();
  for (const group of changes.added) words.set(group, "available");
  for (const group of changes.changed) words.set(group, "changed");
  for (const group of changes.removed) words.set(group, "disappeared");
  return [...words.entries()]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([group, change]) =>
      withOptions({ line: `${group}: ${change}`, data: { group, change } }, options.get(group)),
    );
}

/** The order of code points; JavaScript's own order differs beyond U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (const [index, char] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (char !== other) return (char.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
  }
  return left.length - right.length;
}

/** Loaded when it is needed: it reads configurations. */
export async function tellRefused(context: CommandContext, text: string): Promise<void> {
  await (await import("./refused-config.ts")).tellRefusedConfig(context, text);
}
