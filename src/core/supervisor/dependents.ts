// What follows for others when a process changes: starts that waited for it continue, programs of restart_with are restarted, and
// what is held back until it is down is stopped. It is done at the end of a step, in rounds, so that a long chain needs no deep
// recursion.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import { dependenciesOf } from "../config/dependencies.ts";
import { messages } from "../process/messages.ts";
import { type ProcessPhase, type ProcessState, pidOf, type StartCause } from "../process/model.ts";
import { Conditions, missingOf } from "./conditions.ts";
import type { Draft, Drive } from "./draft.ts";
import { membersOf, namesOf } from "./links.ts";
import type { ProcessRecord } from "./model.ts";
import { isStartWanted } from "./wanted.ts";

/** A process has changed, or its start is wanted or no longer wanted: who needs it is looked at. */
export function touch(draft: Draft, record: ProcessRecord): void {
  if (!draft.hasDependents) return;
  for (const name of namesOf(record)) {
    const keys = draft.touched.get(name);
    if (keys === undefined) draft.touched.set(name, new Set([record.key]));
    else keys.add(record.key);
  }
}

/** Processes were added. A start that they were missing for begins again, and may have them started. */
export function noteAdded(draft: Draft, records: readonly ProcessRecord[]): void {
  if (!draft.hasDependents) return;
  for (const record of records) touch(draft, record);
  for (const name of new Set(records.flatMap(namesOf))) {
    for (const key of draft.dependents.get(name) ?? []) {
      const record = draft.processes.get(key);
      const phase = record?.state.phase;
      if (record === null || phase?.kind !== "BLOCKED" || phase.on !== "") continue;
      want(draft, record, phase.by);
    }
  }
}

/** A process is down, or has begun a new run. @param before its state until now */
export function noteMove(
  draft: Draft,
  record: ProcessRecord,
  before: ProcessState,
  hasNewRun: boolean,
): void {
  if (draft.hasDependents) {
    if (hasNewRun || !looksTheSame(before.phase, record.state.phase)) touch(draft, record);
    if (hasNewRun) for (const name of namesOf(record)) draft.renewed.add(name);
  }
  const isGone = canEnd(before) && !canEnd(record.state);
  if (isGone && draft.hasHeld) draft.gone.push(record);
}

/** It lives, and its end can be waited for. One that could not be killed (UNKNOWN) may never end. */
function canEnd(state: ProcessState): boolean {
  return pidOf(state) !== 0 && state.phase.kind !== "UNKNOWN";
}

/** To those who need it. */
function looksTheSame(before: ProcessPhase, after: ProcessPhase): boolean {
  const isBlocked = before.kind === "BLOCKED" && after.kind === "BLOCKED";
  return isBlocked ? before.text === after.text : before.kind === after.kind;
}

/** Programs that this one needs and that are down are to be started first. */
export function startMissing(draft: Draft, record: ProcessRecord): void {
  for (const missing of missingOf(draft, record)) {
    if (isStartWanted(draft, missing.key)) continue;
    draft.log("INFO", messages.startsNeeded(missing.config.name, record.config.name));
    want(draft, missing, "dependency");
  }
}

/** Puts a start at the end of the queue. */
export function want(draft: Draft, record: ProcessRecord, by: StartCause): void {
  if (draft.daemonState !== "RUNNING" || isStartWanted(draft, record.key)) return;
  draft.queued.set(record.key, { by });
  touch(draft, record);
}

/**
 * A stop of several processes at once: one of them that others of them need is held until they are down.
 * @param together all that are stopped
 * @returns whether it is held
 */
export function holdStop(
  draft: Draft,
  record: ProcessRecord,
  together: ReadonlySet<ProcessKey>,
): boolean {
  // One that is being stopped already is not started again by itself, however it came to that.
  const isEnding = record.state.phase.kind === "STOPPING";
  if (!draft.hasDependents || isEnding || !canEnd(record.state)) return false;
  const first = new Set<ProcessKey>();
  for (const name of namesOf(record)) {
    for (const key of draft.dependents.get(name) ?? []) {
      const dependent = together.has(key) ? draft.processes.get(key) : null;
      if (dependent !== null && canEnd(dependent.state)) first.add(key);
    }
  }
  if (first.size === 0 || closesCircle(draft, record, first)) return false;
  draft.held.set(record.key, [...first]);
  return true;
}

/**
 * Whether one of `first` is held for this process itself, directly or through others. No configuration has such a circle, but two
 * that are half in force may; one of its processes has to be stopped first.
 */
function closesCircle(
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

/** Does what the changes of this step lead to. */
export function settleDependents(draft: Draft, now: Instant, drive: Drive): void {
  while (draft.gone.length + draft.renewed.size + draft.touched.size > 0) {
    for (const record of draft.gone.splice(0)) releaseStops(draft, record, now, drive);
    restartFollowers(draft, now, drive);
    const names = new Map(draft.touched);
    draft.touched.clear();
    if (draft.daemonState === "RUNNING") reconsider(draft, names, now, drive);
  }
}

function releaseStops(
  draft: Draft,
  { key, config }: ProcessRecord,
  now: Instant,
  drive: Drive,
): void {
  if (draft.held.has(key)) {
    // It has ended by itself before its turn: it stays down.
    draft.held.set(key, null);
    drive(draft, key, { kind: "stop" }, now);
  }
  for (const { name } of dependenciesOf(config)) {
    for (const needed of membersOf(draft, name)) {
      const until = draft.held.get(needed);
      if (until === null || !until.includes(key)) continue;
      const left = until.filter((each) => each !== key);
      draft.held.set(needed, left.length === 0 ? null : left);
      if (left.length === 0) drive(draft, needed, { kind: "stop" }, now);
    }
  }
}

function restartFollowers(draft: Draft, now: Instant, drive: Drive): void {
  const names = [...draft.renewed];
  draft.renewed.clear();
  if (draft.daemonState !== "RUNNING") return;
  for (const name of names) {
    for (const key of draft.dependents.get(name) ?? []) {
      const isFollower = draft.processes.get(key)?.config.restartWith.includes(name) === true;
      // A stop that is held counts as a stop: it must not become a restart.
      if (isFollower && !draft.held.has(key))
        drive(draft, key, { kind: "restart", by: "restart-with" }, now);
    }
  }
}

/** It was about to start, and what it needs went down first: it is blocked, and does not start that again. */
function withdraw(draft: Draft, record: ProcessRecord): void {
  const { key } = record;
  if (!draft.queued.has(key)) return;
  draft.queued.set(key, null);
  touch(draft, record);
  draft.effects.push({ kind: "start-settled", key, outcome: "begun" });
}

/** Starts that wait for these names continue, or get the new list of awaited names. */
function reconsider(
  draft: Draft,
  names: ReadonlyMap<string, ReadonlySet<ProcessKey>>,
  now: Instant,
  drive: Drive,
): void {
  // What a change in this round makes untrue is looked at again in the next one, because it touches its name.
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
      if (gate.kind === "open") want(draft, record, phase.by);
      else drive(draft, key, { kind: "gate", gate }, now);
      if (gate.kind === "blocked" && phase.kind === "WAITING") withdraw(draft, record);
    }
  }
}
