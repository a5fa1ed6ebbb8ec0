// avail, reread, update, add and remove: the configuration and the groups that the daemon runs.

import { displayName } from "../../core/base/ids.ts";
import { codePointLength, displayWidth, padRight } from "../../core/base/printable.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import {
  type ChangedOptions,
  type ConfigChanges,
  type ConfigRow,
  readChangedOptions,
  readConfigChanges,
  readConfigRows,
  readNames,
  readProcessRows,
  readResultRows,
} from "../answers.ts";
import { faultOf } from "../client.ts";
import { type Command, type CommandContext, EXIT, expectValue } from "../context.ts";
import type { Item } from "../report.ts";

export const avail: Command = {
  name: "avail",
  usage: [
    ["avail", "List every configured process, whether it is in use, and whether it has autostart"],
  ],
  takesNoArguments: true,
  run: async (context) => {
    const faults = { SHUTDOWN_STATE: "ERROR: supervisor shutting down" };
    const answer = await context.tryCall("supervisor.getAllConfigInfo", [], faults);
    if (answer === null) return;
    const measure = context.terminal.stdoutIsTty ? displayWidth : codePointLength;
    const off = context.isOwn ? await context.client.call("tsv.getDisabled") : null;
    const disabled = off?.ok === true ? readNames(off.value) : [];
    const isOff = ({ group, name }: ConfigRow): boolean =>
      disabled.some((one) => one.group === group && one.name === name);
    context.report.items(readConfigRows(answer).map((row) => availItem(row, measure, isOff(row))));
  },
};

/** One line: name, in use or not, automatic or not, priorities. Pure. */
export function availItem(
  row: ConfigRow,
  measure: (text: string) => number = codePointLength,
  isDisabled = false,
): Item {
  const name = padRight(displayName(row.group, row.name), 32, measure);
  const inUse = (row.inUse ? "in use" : "avail").padEnd(9);
  const autostart = (isDisabled ? "disabled" : row.autostart ? "auto" : "manual").padEnd(9);
  return {
    line: `${name} ${inUse} ${autostart} ${row.groupPriority}:${row.processPriority}`,
    data: { ...row, disabled: isDisabled },
  };
}

export const reread: Command = {
  name: "reread",
  usage: [["reread", "Read the configuration again and show what would change; see update"]],
  takesNoArguments: true,
  run: async (context) => {
    const changes = await rereadConfig(context, "ERROR: supervisor shutting down");
    if (changes === null) return;
    const options = await changedOptions(context, changes.changed);
    const words = new Map<string, string>();
    for (const group of changes.added) words.set(group, "available");
    for (const group of changes.changed) words.set(group, "changed");
    for (const group of changes.removed) words.set(group, "disappeared");
    const items = [...words]
      .sort(([a], [b]) => compareCodePoints(a, b))
      .map(([group, change]) =>
        withOptions({ line: `${group}: ${change}`, data: { group, change } }, options.get(group)),
      );
    if (items.length > 0) context.report.items(items);
    else context.report.notice(UNCHANGED);
  },
};

const UNCHANGED = "No config updates to processes";

export const update: Command = {
  name: "update",
  usage: [
    ["update", "Read the configuration again, then start, restart or remove groups"],
    ["update all", "The same"],
    ["update <group> [...]", "The same, for these groups only"],
  ],
  run: async (context, words) => {
    const changes = await rereadConfig(context, "ERROR: already shutting down");
    if (changes === null) return;
    const { removed, changed, added } = changes;
    const wanted = words.includes("all") ? [] : [...new Set(words)];
    if (wanted.length > 0) {
      // Names that are neither active nor new are errors; the others are updated all the same.
      const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
      const known = new Set([...rows.map((row) => row.group), ...added]);
      const unknown = wanted.filter((group) => !known.has(group));
      for (const group of unknown) context.fail(`ERROR: no such group: ${group}`);
    }
    const isWanted = (group: string): boolean => wanted.length === 0 || wanted.includes(group);
    if (![...removed, ...changed, ...added].some(isWanted)) {
      // Supervisor prints nothing; a user at a terminal reads the same as after a reread.
      const isShown = context.terminal.stdoutIsTty && context.exitStatus === EXIT.OK;
      if (context.isOwn && isShown) context.report.notice(UNCHANGED);
      return;
    }
    const options = await changedOptions(context, changed);
    for (const group of removed.filter(isWanted)) {
      if (!(await stopAndRemove(context, group))) continue;
      context.report.item(groupItem(group, "removed process group"));
    }
    const replace = async (group: string): Promise<void> => {
      if (!(await stopAndRemove(context, group))) return;
      await context.call("supervisor.addProcessGroup", [group]);
      const item = groupItem(group, "updated process group");
      context.report.item(withOptions(item, options.get(group)));
    };
    // A socket that another group leaves is free when that one has changed.
    const late: string[] = [];
    for (const group of changed.filter(isWanted)) {
      if ((await socketProblem(context, group)) === null) await replace(group);
      else late.push(group);
    }
    for (const group of late) {
      const problem = await socketProblem(context, group);
      if (problem === null) await replace(group);
      else {
        context.report.item(groupItem(group, `ERROR (${problem}); it is as it was`));
        context.exitStatus = EXIT.GENERIC;
      }
    }
    for (const group of added.filter(isWanted)) {
      await context.call("supervisor.addProcessGroup", [group]);
      context.report.item(groupItem(group, "added process group"));
    }
  },
};

/** Shows what `update` would do: it stops and starts every process of a group that differs. */
export async function planUpdate(
  context: CommandContext,
  groups: readonly string[],
): Promise<void> {
  const changes = await rereadConfig(context, "ERROR: already shutting down");
  if (changes === null) return;
  const isWanted = (group: string): boolean =>
    groups.length === 0 || groups.includes("all") || groups.includes(group);
  const [changed, removed, added] = [changes.changed, changes.removed, changes.added].map((each) =>
    each.filter(isWanted),
  );
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  const options = await changedOptions(context, changed ?? []);
  const all = (group: string): string => {
    const count = rows.filter((row) => row.group === group).length;
    return count === 1 ? "its process" : `its ${count} processes`;
  };
  const items = [
    ...(removed ?? []).map((group) => groupItem(group, `stop ${all(group)}, and remove it`)),
    ...(changed ?? []).map((group) =>
      withOptions(groupItem(group, `stop and start ${all(group)}`), options.get(group)),
    ),
    ...(added ?? []).map((group) => groupItem(group, "add")),
  ];
  if (items.length > 0) context.report.items(items);
  else context.report.notice(UNCHANGED);
}

export const add: Command = {
  name: "add",
  usage: [["add <group> [...]", "Activate groups found by the last reread"]],
  run: async (context, groups) => {
    requireGroups(context, add, groups);
    for (const group of groups) {
      const added = await context.tryCall("supervisor.addProcessGroup", [group], {
        SHUTDOWN_STATE: "ERROR: shutting down",
        ALREADY_ADDED: ["ERROR: process group already active", context.exitStatus],
        BAD_NAME: `ERROR: no such process/group: ${group}`,
      });
      if (added !== null) context.report.item(groupItem(group, "added process group"));
    }
  },
};

export const remove: Command = {
  name: "remove",
  usage: [["remove <group> [...]", "Deactivate groups whose processes are all stopped"]],
  run: async (context, groups) => {
    requireGroups(context, remove, groups);
    for (const group of groups) {
      const result = await context.client.call("supervisor.removeProcessGroup", [group]);
      const fault = faultOf(result);
      if (fault === "STILL_RUNNING") {
        context.fail(`ERROR: process/group still running: ${group}`);
      } else if (fault === "BAD_NAME") {
        context.failUnknown(group, `ERROR: no such process/group: ${group}`);
      } else {
        expectValue(result);
        context.report.item(groupItem(group, "removed process group"));
      }
    }
  },
};

/** Supervisor prints nothing if no group is named. */
function requireGroups(context: CommandContext, command: Command, groups: readonly string[]): void {
  if (groups.length > 0 || !context.isOwn) return;
  context.misuse(command, `Error: ${command.name} requires a group's name`);
}

/** Lets the daemon read its configuration again. @returns the changes; null after a refusal, which is reported */
async function rereadConfig(
  context: CommandContext,
  shuttingDown: string,
): Promise<ConfigChanges | null> {
  const result = await context.client.call("supervisor.reloadConfig");
  if (faultOf(result) === "SHUTDOWN_STATE") {
    context.fail(shuttingDown);
    return null;
  }
  if (!result.ok && result.error.kind === "fault" && faultOf(result) === "CANT_REREAD") {
    await reportRefusedConfig(context, result.error.text);
    return null;
  }
  return readConfigChanges(expectValue(result));
}

/**
 * Reports that the daemon refuses its configuration. supervisorctl shows the daemon's words; tsv counts the errors.
 * @param text of the fault
 * @param consequence what supervisorctl adds to the daemon's words
 */
export async function reportRefusedConfig(
  context: CommandContext,
  text: string,
  consequence = "",
): Promise<void> {
  if (!context.isOwn) return context.fail(`ERROR: ${text}${consequence}`);
  const { refusedConfigComplaint } = await import("../complaints.ts");
  await context.complain(async ({ file, isElsewhere }) =>
    isElsewhere === true
      ? { kind: "configuration", message: text.replace(/^CANT_REREAD: /, ""), steps: [] }
      : await refusedConfigComplaint(text, file),
  );
}

/** The options that differ in each changed group. Empty for supervisorctl, and from a daemon that does not report them. */
async function changedOptions(
  context: CommandContext,
  changed: readonly string[],
): Promise<ChangedOptions> {
  if (!context.isOwn || changed.length === 0) return new Map();
  const answer = await context.client.call("tsv.getChangedOptions");
  return answer.ok ? readChangedOptions(answer.value) : new Map();
}

/** Adds the options that differ to an item. Pure. */
function withOptions({ line, data }: Item, options: readonly string[] = []): Item {
  if (options.length === 0) return { line, data };
  return { line: `${line} (${options.join(", ")})`, data: { ...data, options } };
}

/** The order of code points; JavaScript's own order differs beyond U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Stops a group and removes it from the daemon. @returns false when it stays, which is reported */
async function stopAndRemove(context: CommandContext, group: string): Promise<boolean> {
  const results = readResultRows(await context.call("supervisor.stopProcessGroup", [group]));
  if (results.some((row) => row.status === FAULT_CODES.FAILED)) {
    context.report.item(groupItem(group, "has problems; not removing"));
    context.exitStatus = EXIT.GENERIC;
    return false;
  }
  const removed = await context.tryCall("supervisor.removeProcessGroup", [group], {
    STILL_RUNNING: `ERROR: process/group still running: ${group}`,
  });
  if (removed !== null) context.report.item(groupItem(group, "stopped"));
  return removed !== null;
}

/**
 * Why a group stays as it is: a socket that it is to have cannot be opened. Null for nothing, also from a daemon without this
 * method, which replaces it as Supervisor does.
 */
async function socketProblem(context: CommandContext, group: string): Promise<string | null> {
  const result = await context.client.call("tsv.checkSockets", [group]);
  if (result.ok || result.error.kind !== "fault" || faultOf(result) !== "FAILED") return null;
  return result.error.text.replace(/^FAILED: /, "");
}

function groupItem(group: string, result: string): Item {
  return { line: `${group}: ${result}`, data: { group, result } };
}
