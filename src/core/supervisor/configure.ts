// Changes the definitions of groups, process by process. What a run depends on changes only while no process of it
// exists: a process that executes is stopped first, and its new definition is pending meanwhile.

import { type ProcessKey, processKey } from "../base/ids.ts";
import { changedFields, changeOf, isReplaced } from "../config/diff.ts";
import type { GroupConfig, ProcessConfig } from "../config/model.ts";
import { NEVER_STARTED, type ProcessPhase, pidOf } from "../process/model.ts";
import { NO_RUNS } from "../process/runs.ts";
import { addToIndex, removeFromIndex } from "./dependencies.ts";
import { noteAdded, queueStart, touch } from "./dependents.ts";
import type { Draft } from "./draft.ts";
import { applyEnabled } from "./enabling.ts";
import { type GroupRecord, isUpOrWanted, type ProcessRecord } from "./model.ts";
import { addSchedules, removeSchedule } from "./schedules.ts";
import { cancelStart, queueAutostarts } from "./starts.ts";

/** Adds processes to the state, without the members of their group. Their names are not taken. */
export function addRecords(
  draft: Draft,
  group: string,
  processes: readonly ProcessConfig[],
): readonly ProcessRecord[] {
  // Of two programs with the same name in a group, the last definition wins (Supervisor, section 4.4).
  const records = new Map<ProcessKey, ProcessRecord>();
  for (const config of processes) {
    const key = processKey(group, config.name);
    records.set(key, { key, group, config, state: NEVER_STARTED, runs: NO_RUNS, exit: null });
  }
  for (const [key, record] of records) draft.processes.set(key, record);
  return [...records.values()];
}

/** Call it when they are members of their group. */
export function noteRecords(draft: Draft, records: readonly ProcessRecord[]): void {
  addToIndex(draft, records);
  noteAdded(draft, records);
  addSchedules(draft, records);
}

/** Removes a process that is down from the state, but not from its group. */
export function removeRecord(draft: Draft, record: ProcessRecord): void {
  const { key } = record;
  cancelStart(draft, key, "removed");
  removeSchedule(draft, key);
  if (draft.pending.has(key)) draft.pending.set(key, null);
  draft.processes.set(key, null);
  if (record.state.hook !== null) draft.effects.push({ kind: "cancel-hook", key });
  touch(draft, record);
}

export function addGroup(draft: Draft, config: GroupConfig): void {
  const { name } = config;
  if (draft.groups.get(name) !== null) return;
  const records = addRecords(draft, name, config.processes);
  draft.groups.set(name, { config, keys: records.map(({ key }) => key), next: null });
  noteRecords(draft, records);
  draft.effects.push({ kind: "group-added", name });
}

/**
 * Makes groups what their definitions say: active ones change, others are added and start if they have autostart. It is one
 * decision, so that a daemon that dies has made all of it or nothing: what one group leaves to another is never without both.
 */
export function configureGroups(draft: Draft, groups: readonly GroupConfig[]): void {
  if (draft.daemonState !== "RUNNING") return;
  for (const config of groups) {
    const active = draft.groups.get(config.name);
    if (active !== null) configureGroup(draft, active, config);
    else if (config.processes.length > 0) {
      addGroup(draft, config);
      queueAutostarts(draft, draft.groups.get(config.name)?.keys ?? []);
    }
  }
}

/**
 * Makes an active group what `config` says. Processes that are new start if they have autostart; those that are gone are
 * stopped and removed; those that are different change at once, or start again. The others do not notice. A group whose
 * processes share what is different is removed, and added when its last process is gone. Without processes, it is removed.
 */
function configureGroup(draft: Draft, group: GroupRecord, config: GroupConfig): void {
  const { name } = config;
  const isEmpty = config.processes.length === 0;
  if (!isEmpty && isReplaced({ ...group.config, processes: membersOf(draft, group) }, config)) {
    replaceGroup(draft, group, config);
    return;
  }
  const wanted = new Map(config.processes.map((each) => [processKey(name, each.name), each]));
  const present = new Set(group.keys);
  const missing = [...wanted].flatMap(([key, each]) => (present.has(key) ? [] : [each]));
  const added = addRecords(draft, name, missing);
  const gone = group.keys.filter((key) => !wanted.has(key));
  draft.groups.set(name, { config, keys: [...wanted.keys(), ...gone], next: null });
  noteRecords(draft, added);
  for (const key of group.keys) {
    const record = draft.processes.get(key);
    if (record !== null) change(draft, record, wanted.get(key) ?? null);
  }
  removeIfEmpty(draft, name);
  if (added.length === 0) return;
  const keys = added.map(({ key }) => key);
  draft.effects.push({ kind: "processes-added", keys });
  queueAutostarts(draft, keys);
}

function membersOf(draft: Draft, { keys }: GroupRecord): readonly ProcessConfig[] {
  return keys.flatMap((key) => draft.processes.get(key)?.config ?? []);
}

/** Stops and removes all processes; the last definition that was asked for takes their place. */
function replaceGroup(draft: Draft, group: GroupRecord, config: GroupConfig): void {
  const { keys, next } = group;
  const starts = keys.filter(
    (key) => next?.starts.includes(key) ?? isUpOrWanted(draft, draft.processes.get(key)),
  );
  draft.groups.set(config.name, {
    config: { ...group.config, processes: [] },
    keys,
    next: { config, known: next?.known ?? keys, starts },
  });
  for (const key of keys) {
    const record = draft.processes.get(key);
    if (record !== null) change(draft, record, null);
  }
  removeIfEmpty(draft, config.name);
}

/** @param config null to remove the process */
function change(draft: Draft, record: ProcessRecord, config: ProcessConfig | null): void {
  const { key } = record;
  const before = draft.pending.get(key);
  if (before === null && config !== null && changeOf(record.config, config) !== "restart") {
    replace(draft, record, config);
    return;
  }
  const isBack = before !== null && (before.config === null || before.isBack);
  draft.pending.set(key, { config, isBack });
  if (config === null) {
    cancelStart(draft, key, "removed");
    draft.drive(key, { kind: "stop" });
  } else if (before === null) startOver(draft, record);
  takePending(draft, key);
}

/** Phases of a start that is wanted, while no process exists. */
const WANTED: ReadonlySet<ProcessPhase["kind"]> = new Set([
  ...(["BACKOFF", "FATAL", "WAITING", "BLOCKED"] as const),
]);

/** Ends what a process does by its old definition, and begins it by the new one. A process that was stopped stays down. */
function startOver(draft: Draft, { key, state }: ProcessRecord): void {
  if (!WANTED.has(state.phase.kind)) {
    draft.drive(key, { kind: "restart", by: "apply" });
    return;
  }
  draft.drive(key, { kind: "stop" });
  const record = draft.processes.get(key);
  if (record !== null) queueStart(draft, record, "apply");
}

/** Lets a pending definition take effect, unless a process or a hook of the old one exists. */
export function takePending(draft: Draft, key: ProcessKey): void {
  const pending = draft.pending.get(key);
  const record = draft.processes.get(key);
  if (pending === null || record === null || draft.daemonState !== "RUNNING") return;
  const { phase, hook } = record.state;
  if (pidOf(record.state) !== 0 || hook !== null || phase.kind === "SPAWNING") return;
  draft.pending.set(key, null);
  if (pending.config === null) {
    removeMember(draft, record);
    removeIfEmpty(draft, record.group);
    return;
  }
  replace(draft, record, pending.config, true);
  if (pending.isBack && pending.config.autostart)
    queueStart(draft, { ...record, config: pending.config }, "apply");
}

/** A process that is stopped on request does not start with its pending definition. */
export function stayDown(draft: Draft, key: ProcessKey): void {
  const pending = draft.pending.get(key);
  if (pending?.isBack === true) draft.pending.set(key, { ...pending, isBack: false });
}

/** Removes a process that is down from its group. The definition of the group is the caller's. */
export function removeMember(draft: Draft, record: ProcessRecord): void {
  const { key } = record;
  removeFromIndex(draft, [record]);
  removeRecord(draft, record);
  const group = draft.groups.get(record.group);
  if (group !== null) {
    const keys = group.keys.filter((each) => each !== key);
    draft.groups.set(record.group, { ...group, keys });
  }
  draft.effects.push({ kind: "process-removed", key });
}

/** A group whose definition has no processes ends with the last of them; another one may take its place. */
function removeIfEmpty(draft: Draft, name: string): void {
  const group = draft.groups.get(name);
  if (group === null || group.keys.length + group.config.processes.length > 0) return;
  draft.groups.set(name, null);
  draft.effects.push({ kind: "group-removed", name, keys: [] });
  if (group.next === null) return;
  const { config, known, starts } = group.next;
  addGroup(draft, config);
  for (const key of draft.groups.get(name)?.keys ?? []) {
    const record = draft.processes.get(key);
    if (record !== null && starts.includes(key)) queueStart(draft, record, "apply");
    else if (!known.includes(key)) queueAutostarts(draft, [key]);
  }
}

/**
 * Gives a process another definition. Whatever it executes is that of both.
 * @param wasPending it may be the same again, after another was pending, whose sockets are open
 */
function replace(
  draft: Draft,
  record: ProcessRecord,
  config: ProcessConfig,
  wasPending = false,
): void {
  const { key, config: before } = record;
  const after = { ...record, config };
  removeFromIndex(draft, [record]);
  draft.processes.set(key, after);
  addToIndex(draft, [after]);
  const wanted = draft.resolving.get(key);
  if (wanted !== null) {
    // The file of the old command is being found.
    draft.resolving.set(key, null);
    draft.queued.set(key, wanted);
  }
  const changed = changedFields(before, config);
  if (changed.size === 0 && !wasPending) return;
  if (changed.has("schedule") || changed.has("startOn")) {
    removeSchedule(draft, key);
    addSchedules(draft, [after]);
  }
  if (CHECKED.some((field) => changed.has(field))) draft.drive(key, { kind: "configured" });
  touch(draft, after);
  if (changed.has("enabled")) applyEnabled(draft, after);
  draft.effects.push({
    kind: "configured",
    key,
    hasNewLogs: LOGGED.some((each) => changed.has(each)),
  });
}

/** Fields that watching a run depends on. */
const CHECKED: readonly (keyof ProcessConfig)[] = [
  ...(["readyCheck", "readyTimeout", "readyInterval", "healthCheck", "healthInterval"] as const),
  ...(["healthTimeout", "healthRetries", "healthStartPeriod", "healthAction"] as const),
  ...(["maxMemory", "maxAge", "maxAgeJitter"] as const),
];

/** Fields that the logs of a process depend on. */
const LOGGED: readonly (keyof ProcessConfig)[] = [
  ...(["stdout", "stderr", "redirectStderr", "tty", "logCreateDirs"] as const),
  ...(["logFormat", "logTimestamp", "logRateLimit"] as const),
];
