// What a configuration that was read would change in what runs, process by process.

import { type ProcessKey, processKey } from "../base/ids.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isSecretName, REDACTED } from "../redact/secret-names.ts";
import { changedFields, changeOf, isReplaced } from "./diff.ts";
import type { ChannelConfig, GroupConfig, ProcessConfig } from "./model.ts";
import { CHANNELS } from "./options/channel.ts";
import type { OptionRow } from "./options/entry.ts";
import { FCGI, GROUP, LISTENER } from "./options/groups.ts";
import { PROGRAM } from "./options/program.ts";
import { type OptionChange, type ProcessPlan, WHOLE_GROUP } from "./planned.ts";
import { valueText } from "./value-text.ts";

/**
 * What it takes to make the active groups those that were read.
 * @param configOf the definition of a process that is in force; null for none
 */
export function planOf(
  active: readonly GroupConfig[],
  next: readonly GroupConfig[],
  configOf: (key: ProcessKey) => ProcessConfig | null,
): readonly ProcessPlan[] {
  const before = new Map(active.map((group) => [group.name, group]));
  const after = new Map(next.map((group) => [group.name, group]));
  const removed = active.filter(({ name }) => !after.has(name));
  return [
    ...removed.flatMap((group) => group.processes.map((each) => plain(group, each, "remove"))),
    ...next.flatMap((group) => {
      const old = before.get(group.name);
      if (old === undefined) return group.processes.map((each) => plain(group, each, "add"));
      return groupPlan(old, group, configOf);
    }),
  ];
}

function plain(
  { name: group }: GroupConfig,
  { name }: ProcessConfig,
  action: "add" | "remove",
): ProcessPlan {
  return { group, name, action, isWhole: false, changes: [] };
}

function groupPlan(
  before: GroupConfig,
  after: GroupConfig,
  configOf: (key: ProcessKey) => ProcessConfig | null,
): readonly ProcessPlan[] {
  const isWhole = isReplaced(before, after);
  const wanted = new Set(after.processes.map(({ name }) => name));
  const gone = before.processes.filter(
    ({ name }) => !wanted.has(name) && configOf(processKey(before.name, name)) !== null,
  );
  const kept = after.processes.flatMap((process): readonly ProcessPlan[] => {
    const { name } = process;
    const old = configOf(processKey(after.name, name));
    if (old === null) return [plain(after, process, "add")];
    const kind = changeOf(old, process);
    if (kind === "none" && !isWhole) return [];
    const action = kind === "restart" || isWhole ? "restart" : "change";
    return [{ group: after.name, name, action, isWhole, changes: optionChanges(old, process) }];
  });
  const changes = groupChanges(before, after);
  const action = isWhole ? "restart" : "change";
  const own = { group: after.name, name: WHOLE_GROUP, action, isWhole, changes } as const;
  return [
    ...gone.map((each) => plain(before, each, "remove")),
    ...(changes.length > 0 ? [own] : []),
    ...kept,
  ];
}

function groupChanges(before: GroupConfig, after: GroupConfig): readonly OptionChange[] {
  const isListener = before.kind === "eventlistener" && after.kind === "eventlistener";
  const rows: Readonly<Record<string, OptionRow>> = isListener ? LISTENER : {};
  return Object.entries({ ...rows, priority: GROUP.priority }).flatMap(([field, { key, kind }]) => {
    const [one, other] = [before, after].map(
      (group) => (group as unknown as Readonly<Record<string, unknown>>)[field],
    );
    if (one === other) return [];
    const [old, now] = [valueText(kind, one), valueText(kind, other)];
    return old === now ? [] : [{ option: key, before: old, after: now }];
  });
}

/** The options of a process that have another value. Secrets are not shown. */
export function optionChanges(
  before: ProcessConfig,
  after: ProcessConfig,
): readonly OptionChange[] {
  const changed = changedFields(before, after);
  const rows: Readonly<Record<string, OptionRow>> = PROGRAM;
  return [...changed].flatMap((field): readonly OptionChange[] => {
    switch (field) {
      case "environment":
        return variableChanges(before, after);
      case "stdout":
      case "stderr":
        return channelChanges(CHANNELS[field], before[field], after[field]);
      case "fcgiSocket":
        return [
          {
            option: FCGI.url.key,
            before: before.fcgiSocket?.url ?? "",
            after: after.fcgiSocket?.url ?? "",
          },
        ];
      case "uid":
        // Shown by its name.
        return changed.has("user") ? [] : [pair("user", before, after, "uid")];
      case "user":
        return [pair("user", before, after, "user")];
      default: {
        const row = rows[field];
        if (row === undefined) return [];
        const text = (of: ProcessConfig): string =>
          redactPatterns(of.shown[row.key] ?? valueText(row.kind, of[field]));
        return [{ option: row.key, before: text(before), after: text(after) }];
      }
    }
  });
}

function pair(
  option: string,
  before: ProcessConfig,
  after: ProcessConfig,
  field: "uid" | "user",
): OptionChange {
  return { option, before: String(before[field] ?? ""), after: String(after[field] ?? "") };
}

function channelChanges(
  rows: Readonly<Record<string, OptionRow>>,
  before: ChannelConfig,
  after: ChannelConfig,
): readonly OptionChange[] {
  return Object.entries(rows).flatMap(([name, { key, kind }]) => {
    const field = name as keyof ChannelConfig;
    const texts = [before, after].map((channel) => valueText(kind, channel[field]));
    const [old = "", now = ""] = texts;
    return old === now ? [] : [{ option: key, before: old, after: now }];
  });
}

function variableChanges(before: ProcessConfig, after: ProcessConfig): readonly OptionChange[] {
  const names = new Set([...Object.keys(before.environment), ...Object.keys(after.environment)]);
  return [...names].flatMap((name) => {
    const [old, now] = [before.environment[name], after.environment[name]];
    if (old === now) return [];
    const isHidden = [before, after].some(
      ({ secretVariables }) => secretVariables.includes(name) || isSecretName(name),
    );
    const text = (value: string | undefined): string =>
      value === undefined ? "" : isHidden ? REDACTED : redactPatterns(value);
    return [{ option: `environment ${name}`, before: text(old), after: text(now) }];
  });
}
