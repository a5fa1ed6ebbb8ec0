// update: reads the configuration again and brings the daemon in line with it, group by group.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import {
  type ConfigChanges,
  readConfigChanges,
  readProcessRows,
  readResultRows,
} from "../answers.ts";
import { faultCode, isShuttingDown } from "../client.ts";
import { splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import type { Item } from "../report.ts";
import { optionsThatDiffer, tellRefused, withOptions } from "./reread.ts";

export const update: Command = {
  name: "update",
  usage: [
    ["update", "Read the configuration again, then start, restart or remove groups"],
    ["update all", "The same"],
    ["update <group> [...]", "The same, for these groups only"],
  ],
  run: runUpdate,
};

async function runUpdate(context: CommandContext, argument: string): Promise<void> {
  const result = await context.client.call("supervisor.reloadConfig");
  if (!result.ok && result.error.kind === "fault") {
    if (isShuttingDown(result.error)) return context.fail("ERROR: already shutting down");
    // Supervisor shows the raw fault here; `reread` has the words for it.
    if (faultCode(result.error) === FAULT_CODES.CANT_REREAD) {
      if (context.isOwn) return await tellRefused(context, result.error.text);
      return context.fail(`ERROR: ${result.error.text}`);
    }
  }
  const changes = readConfigChanges(expectValue(result));
  const words = [...new Set(splitWords(argument))];
  const wanted = words.includes("all") ? [] : words;
  if (wanted.length > 0) await reportUnknown(context, wanted, changes);
  const isWanted = (group: string): boolean => wanted.length === 0 || wanted.includes(group);
  const { removed, changed, added } = changes;
  if (![...removed, ...changed, ...added].some(isWanted)) return tellUnchanged(context);
  const options = await optionsThatDiffer(context, changes);
  for (const group of changes.removed.filter(isWanted)) await removeGroup(context, group);
  for (const group of changes.changed.filter(isWanted)) {
    await replaceGroup(context, group, options.get(group));
  }
  for (const group of changes.added.filter(isWanted)) {
    await context.call("supervisor.addProcessGroup", [group]);
    context.report.item(groupItem(group, "added process group"));
  }
}

/** Supervisor prints nothing; a user at a terminal reads the same as after a reread. */
function tellUnchanged(context: CommandContext): void {
  const isShown = context.isOwn && context.terminal.stdoutIsTty && context.exitStatus === EXIT.OK;
  if (isShown) context.report.notice("No config updates to processes");
}

/** Names that are neither active nor new get an error; the others are carried out all the same. */
async function reportUnknown(
  context: CommandContext,
  wanted: readonly string[],
  changes: ConfigChanges,
): Promise<void> {
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  const known = new Set([...rows.map((row) => row.group), ...changes.added]);
  for (const group of wanted) {
    if (!known.has(group)) context.fail(`ERROR: no such group: ${group}`);
  }
}

/** Stops a group and takes it out of the daemon. @returns false when it stays, after saying why */
async function takeOut(context: CommandContext, group: string): Promise<boolean> {
  const results = readResultRows(await context.call("supervisor.stopProcessGroup", [group]));
  if (results.some((row) => row.status === FAULT_CODES.FAILED)) {
    context.report.item(groupItem(group, "has problems; not removing"));
    context.exitStatus = EXIT.GENERIC;
    return false;
  }
  const removed = await context.client.call("supervisor.removeProcessGroup", [group]);
  if (!removed.ok && faultCode(removed.error) === FAULT_CODES.STILL_RUNNING) {
    context.fail(`ERROR: process/group still running: ${group}`);
    return false;
  }
  expectValue(removed);
  context.report.item(groupItem(group, "stopped"));
  return true;
}

async function removeGroup(context: CommandContext, group: string): Promise<void> {
  if (!(await takeOut(context, group))) return;
  context.report.item(groupItem(group, "removed process group"));
}

async function replaceGroup(
  context: CommandContext,
  group: string,
  options: readonly string[] | undefined,
): Promise<void> {
  if (!(await takeOut(context, group))) return;
  await context.call("supervisor.addProcessGroup", [group]);
  context.report.item(withOptions(groupItem(group, "updated process group"), options));
}

/** What happened to a group. Pure. */
export function groupItem(group: string, result: string): Item {
  return { line: `${group}: ${result}`, data: { group, result } };
}
