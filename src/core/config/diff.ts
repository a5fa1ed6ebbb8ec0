// The result of a reread: groups that are new, changed or removed (Supervisor, section 4.9).
// Unlike Supervisor, a change from a file name to AUTO or back counts.

import type {
  ChannelConfig,
  Config,
  ConfigNotice,
  DaemonOptions,
  GroupConfig,
  ProcessConfig,
} from "./model.ts";
import { CHANNELS } from "./options/channel.ts";
import { DAEMON } from "./options/daemon.ts";
import type { OptionRow, OptionTable } from "./options/entry.ts";
import { FCGI, GROUP, LISTENER } from "./options/groups.ts";
import { PROGRAM } from "./options/program.ts";

/** Structural equality of plain data; the order of an object's keys does not matter. */
function isEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object") return false;
  if (left === null || right === null || Array.isArray(left) !== Array.isArray(right)) return false;
  const [one, other] = [left, right] as Readonly<Record<string, unknown>>[];
  if (one === undefined || other === undefined) return false;
  // Asked for every option of every process.
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isEqual(one[key], other[key]));
}

/** A configuration that was read, with those groups of the one before that are the same, down to their lines. */
export function withKnownGroups(before: Config, read: Config): Config {
  const known = new Map(before.groups.map((group) => [group.name, group]));
  const groups = read.groups.map((group) => {
    const old = known.get(group.name);
    return old !== undefined && isEqual(old, group) ? old : group;
  });
  return { ...read, groups };
}

/** Whether two configurations are the same, down to the lines of their sections. */
export function isSameConfig(left: Config, right: Config): boolean {
  return isEqual(left, right);
}

/** Fields with other values, by the keys of their options. Fields that the values lack belong to their section. */
function differences<T extends OptionTable>(
  table: T,
  left: { readonly [F in keyof T]?: unknown },
  right: { readonly [F in keyof T]?: unknown },
): readonly string[] {
  return Object.entries(table)
    .filter(([field]) => !isEqual(left[field], right[field]))
    .map(([, { key }]) => key);
}

/** Where and how a process is written does not matter, nor how its socket is made. */
function processDifferences(left: ProcessConfig, right: ProcessConfig): readonly string[] {
  const channel = (name: keyof typeof CHANNELS, one: ChannelConfig, other: ChannelConfig) =>
    differences(CHANNELS[name], one, other);
  return [
    ...differences(PROGRAM, left, right),
    ...channel("stdout", left.stdout, right.stdout),
    ...channel("stderr", left.stderr, right.stderr),
    ...socketDifferences(left.fcgiSocket?.url, right.fcgiSocket?.url),
  ];
}

/** Of a FastCGI socket Supervisor compares the URL alone. */
function socketDifferences(left: string | undefined, right: string | undefined): readonly string[] {
  return left === right ? [] : [FCGI.url.key];
}

/** The fields of a process in which two readings differ. Where it is written does not matter. */
export function changedFields(
  left: ProcessConfig,
  right: ProcessConfig,
): ReadonlySet<keyof ProcessConfig> {
  if (left === right) return NO_FIELDS;
  const fields = Object.keys(left) as (keyof ProcessConfig)[];
  const isChanged = (field: keyof ProcessConfig): boolean =>
    field === "fcgiSocket"
      ? left.fcgiSocket?.url !== right.fcgiSocket?.url
      : !PLACES.has(field) && !isEqual(left[field], right[field]);
  return new Set(fields.filter(isChanged));
}

const NO_FIELDS: ReadonlySet<keyof ProcessConfig> = new Set();

/** Where values are written, and how they are shown. */
const PLACES: ReadonlySet<keyof ProcessConfig> = new Set([
  ...(["origin", "environmentPlaces", "shown", "secretVariables"] as const),
]);

/** What it takes to give a process another definition. */
export type ChangeKind = "none" | "live" | "restart";

/** How much of a process changes with its definition. */
export function changeOf(left: ProcessConfig, right: ProcessConfig): ChangeKind {
  const changed = changedFields(left, right);
  if (changed.size === 0) return "none";
  const rows: Readonly<Record<string, OptionRow>> = PROGRAM;
  return Array.from(changed).every((field) => rows[field]?.isLive === true) ? "live" : "restart";
}

/** Which processes there are, and in which order. */
function memberDifferences(left: GroupConfig, right: GroupConfig): readonly string[] {
  const namesOf = (group: GroupConfig, of: (process: ProcessConfig) => string) =>
    group.processes.map(of);
  const byName = (process: ProcessConfig): string => process.name;
  if (isEqual(namesOf(left, byName), namesOf(right, byName))) return [];
  const programs = [left, right].map((group) => [
    ...new Set(namesOf(group, ({ programName }) => programName)),
  ]);
  if (!isEqual(programs[0], programs[1])) return [GROUP.programs.key];
  const isCount = left.processes.length !== right.processes.length;
  return [isCount ? PROGRAM.numprocs.key : PROGRAM.name.key];
}

function groupDifferences(left: GroupConfig, right: GroupConfig): readonly string[] {
  const own =
    left.kind === "eventlistener" && right.kind === "eventlistener"
      ? differences(LISTENER, withSortedEvents(left), withSortedEvents(right))
      : left.kind === "fcgi" && right.kind === "fcgi"
        ? socketDifferences(left.socket.url, right.socket.url)
        : [];
  return left.priority === right.priority ? own : [...own, GROUP.priority.key];
}

function withSortedEvents(group: GroupConfig & { readonly kind: "eventlistener" }): GroupConfig {
  return { ...group, events: Array.from(group.events).sort() };
}

/**
 * The options in which two readings of a group differ, by their keys, each once and in the order of the tables. Of an option
 * that several processes have one difference counts.
 */
export function changedOptions(left: GroupConfig, right: GroupConfig): readonly string[] {
  const before = new Map(left.processes.map((process) => [process.name, process]));
  const ofProcesses = right.processes.flatMap((process) => {
    const old = before.get(process.name);
    return old === undefined ? [] : processDifferences(old, process);
  });
  const all = [...memberDifferences(left, right), ...ofProcesses, ...groupDifferences(left, right)];
  return Array.from(new Set(all));
}

/** Whether two readings of a group mean the same. */
export function isSameGroup(left: GroupConfig, right: GroupConfig): boolean {
  return left.kind === right.kind && changedOptions(left, right).length === 0;
}

/** Whether a group has to be removed and added for its new definition: its processes share what is different. */
export function isReplaced(left: GroupConfig, right: GroupConfig): boolean {
  if (left.kind !== right.kind) return true;
  if (left.kind === "program") return false;
  const names = (group: GroupConfig): readonly string[] =>
    group.processes.map(({ name }) => name).sort();
  const isListener = left.kind === "eventlistener";
  return (
    groupDifferences({ ...left, priority: right.priority }, right).length > 0 ||
    (isListener && !isEqual(names(left), names(right)))
  );
}

/** Compares the groups that run with the groups just read; names come in the order of their list. */
export function diffGroups(active: readonly GroupConfig[], next: readonly GroupConfig[]) {
  const before = new Map(active.map((group) => [group.name, group]));
  const names = new Set(next.map((group) => group.name));
  const changed = next.filter((group) => {
    const old = before.get(group.name);
    return old !== undefined && !isSameGroup(old, group);
  });
  return {
    added: next.filter((group) => !before.has(group.name)).map((group) => group.name),
    changed: changed.map((group) => group.name),
    removed: active.filter((group) => !names.has(group.name)).map((group) => group.name),
  };
}

/** A line for the activity log about options of [supervisord] that a reload has changed in vain. */
export function startOnlyChanges(
  before: DaemonOptions,
  next: DaemonOptions,
): readonly ConfigNotice[] {
  const keys = Object.entries<OptionRow>(DAEMON).flatMap(([name, { key, isStartOnly }]) => {
    const field = name as keyof typeof DAEMON;
    return isStartOnly === true && !isEqual(before[field], next[field]) ? [key] : [];
  });
  const text = `changed, but applied only after a restart of the daemon: ${keys.join(", ")}`;
  return keys.length === 0 ? [] : [{ level: "WARN", text }];
}
