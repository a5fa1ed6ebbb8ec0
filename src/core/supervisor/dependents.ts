// The consequences of a change for other processes: waiting starts continue, programs with restart_with
// restart, and held stops are executed. They are handled at the end of a step, in rounds, so that a long chain
// needs no deep recursion.

import type { ProcessKey } from "../base/ids.ts";
import { dependenciesOf } from "../config/dependencies.ts";
import { messages } from "../process/messages.ts";
import { type ProcessPhase, type ProcessState, pidOf, type StartCause } from "../process/model.ts";
import { Conditions, membersOf, missingOf, namesOf } from "./dependencies.ts";
import type { Draft } from "./draft.ts";
import { isStartWanted, type ProcessRecord } from "./model.ts";

/** Marks a process that has changed, or whose start is wanted or no longer wanted. */
export function touch(draft: Draft, record: ProcessRecord): void {
  if (!draft.hasDependents) return;
  for (const name of namesOf(record)) {
    const keys = draft.touched.get(name);
    if (keys === undefined) draft.touched.set(name, new Set([record.key]));
    else keys.add(record.key);
  }
}

/** Queues starts again that were blocked because added processes did not exist. */
export function noteAdded(draft: Draft, records: readonly ProcessRecord[]): void {
  if (!draft.hasDependents) return;
  for (const record of records) touch(draft, record);
  for (const name of new Set(records.flatMap(namesOf))) {
    for (const key of draft.dependents.get(name) ?? []) {
      const record = draft.processes.get(key);
      const phase = record?.state.phase;
      if (record === null || phase?.kind !== "BLOCKED" || phase.on !== "") continue;
      queueStart(draft, record, phase.by);
    }
  }
}

/** Notes a change of a process. @param before its state until now */
export function noteChange(
  draft: Draft,
  record: ProcessRecord,
  before: ProcessState,
  hasNewRun: boolean,
): void {
  if (draft.hasDependents) {
    if (hasNewRun || !isSameToDependents(before.phase, record.state.phase)) touch(draft, record);
    if (hasNewRun) for (const name of namesOf(record)) draft.renewed.add(name);
  }
  const isGone = canExit(before) && !canExit(record.state);
  if (isGone && draft.hasHeld) draft.gone.push(record);
}

/** Whether the exit of a process, or the end of its hook, can be awaited. UNKNOWN, after a failed kill(2), may never exit. */
function canExit(state: ProcessState): boolean {
  return state.hook !== null || (pidOf(state) !== 0 && state.phase.kind !== "UNKNOWN");
}

function isSameToDependents(before: ProcessPhase, after: ProcessPhase): boolean {
  const isBlocked = before.kind === "BLOCKED" && after.kind === "BLOCKED";
  return isBlocked ? before.text === after.text : before.kind === after.kind;
}

/** Queues starts of the dependencies that are down. */
export function startMissing(draft: Draft, record: ProcessRecord): void {
  for (const missing of missingOf(draft, record)) {
    if (isStartWanted(draft, missing.key)) continue;
    draft.log("INFO", messages.startsDependency(missing.config.name, record.config.name));
    queueStart(draft, missing, "dependency");
  }
}

/** Puts a start at the end of the queue; of a disabled program only a requested one, and its retries. */
export function queueStart(draft: Draft, record: ProcessRecord, by: StartCause): void {
  if (!record.config.enabled && by !== "request" && by !== "retry") return;
  if (draft.daemonState !== "RUNNING" || isStartWanted(draft, record.key)) return;
  draft.queued.set(record.key, { by });
  touch(draft, record);
}

/**
 * Holds the stop of a process until its dependents are down, if they are stopped together.
 * @param together all processes that are being stopped
 * @returns whether it is held
 */
export function holdStop(
  draft: Draft,
  record: ProcessRecord,
  together: ReadonlySet<ProcessKey>,
): boolean {
  // A stop in progress is not held: it must only not become a restart.
  const isStopping = record.state.phase.kind === "STOPPING";
  if (!draft.hasDependents || isStopping || !canExit(record.state)) return false;
  const first = new Set<ProcessKey>();
  for (const name of namesOf(record)) {
    for (const key of draft.dependents.get(name) ?? []) {
      const dependent = together.has(key) ? draft.processes.get(key) : null;
      if (dependent !== null && canExit(dependent.state)) first.add(key);
    }
  }
  if (first.size === 0 || closesCycle(draft, record, first)) return false;
  draft.held.set(record.key, [...first]);
  return true;
}

/**
 * Whether one of `first` is held for this process, directly or through others. No configuration has such a
 * cycle, but two that are half in force may; then one of its processes is stopped first.
 */
function closesCycle(
  draft: Draft,
  { key, config }: ProcessRecord,
  first: ReadonlySet<ProcessKey>,
): boolean {
  const needsHeld = dependenciesOf(config).some(({ name }) =>
    membersOf(draft, name).some((each) => draft.held.has(each)),
  );
  if (!needsHeld) return false;
  const reached = new Set(first);
  for (const each of reached) {
    if (each === key) return true;
    for (const next of draft.held.get(each) ?? []) reached.add(next);
  }
  return false;
}

/** Handles the consequences of this step. */
export function settleDependents(draft: Draft): void {
  while (draft.gone.length + draft.renewed.size + draft.touched.size > 0) {
    for (const record of draft.gone.splice(0)) releaseStops(draft, record);
    restartFollowers(draft);
    const names = new Map(draft.touched);
    draft.touched.clear();
    if (draft.daemonState === "RUNNING") updateWaiting(draft, names);
  }
}

function releaseStops(draft: Draft, { key, config }: ProcessRecord): void {
  if (draft.held.has(key)) {
    // It exited by itself before its turn, and stays down.
    draft.held.set(key, null);
    draft.drive(key, { kind: "stop" });
  }
  for (const { name } of dependenciesOf(config)) {
    for (const needed of membersOf(draft, name)) {
      const until = draft.held.get(needed);
      if (until === null || !until.includes(key)) continue;
      const left = until.filter((each) => each !== key);
      draft.held.set(needed, left.length === 0 ? null : left);
      if (left.length === 0) draft.drive(needed, { kind: "stop" });
    }
  }
}

function restartFollowers(draft: Draft): void {
  const names = [...draft.renewed];
  draft.renewed.clear();
  if (draft.daemonState !== "RUNNING") return;
  for (const name of names) {
    for (const key of draft.dependents.get(name) ?? []) {
      const config = draft.processes.get(key)?.config;
      const isFollower = config?.enabled === true && config.restartWith.includes(name);
      // A held stop must not become a restart.
      if (isFollower && !draft.held.has(key)) {
        draft.drive(key, { kind: "restart", by: "restart-with" });
      }
    }
  }
}

/** Updates starts that wait for these names: they continue, or get the new list of awaited names. */
function updateWaiting(draft: Draft, names: ReadonlyMap<string, ReadonlySet<ProcessKey>>): void {
  // A change in this round touches its name, so it is examined again in the next one.
  const conditions = new Conditions(draft);
  const seen = new Set<ProcessKey>();
  for (const [name, changed] of names) {
    for (const key of draft.dependents.get(name) ?? []) {
      const record = seen.has(key) ? null : draft.processes.get(key);
      const phase = record?.state.phase;
      if (record === null || (phase?.kind !== "WAITING" && phase?.kind !== "BLOCKED")) continue;
      if (conditions.isStillWaiting(record, name, changed)) continue;
      seen.add(key);
      const gate = conditions.gate(record);
      if (gate.kind === "open") queueStart(draft, record, phase.by);
      else draft.drive(key, { kind: "gate", gate });
      if (gate.kind === "blocked" && phase.kind === "WAITING") withdraw(draft, record);
    }
  }
}

/** Removes a start from the queue that became blocked before its turn. It does not start its dependencies again. */
function withdraw(draft: Draft, record: ProcessRecord): void {
  const { key } = record;
  if (!draft.queued.has(key)) return;
  draft.queued.set(key, null);
  touch(draft, record);
  draft.effects.push({ kind: "start-settled", key, outcome: "begun" });
}
