// The one reducer of supervision: (state, input, now) -> changes and effects. Pure; a seeded simulation runs years of it in
// a second.

import { type ProcessKey, processKey } from "../base/ids.ts";
import { assertNever } from "../base/result.ts";
import type { Instant } from "../base/time.ts";
import { hasDependencies } from "../config/dependencies.ts";
import type { GroupConfig, ProcessConfig } from "../config/model.ts";
import { messages } from "../process/messages.ts";
import {
  type ExitOutcome,
  type Gate,
  isDown,
  NEVER_STARTED,
  OPEN,
  type ProcessEffect,
  type ProcessInput,
  pidOf,
  type StartCause,
} from "../process/model.ts";
import { NO_RUNS, noteRuns, noteSignal } from "../process/runs.ts";
import { transition } from "../process/transition.ts";
import { Conditions } from "./conditions.ts";
import {
  holdStop,
  noteAdded,
  noteMove,
  settleDependents,
  startMissing,
  touch,
  want,
} from "./dependents.ts";
import { Draft } from "./draft.ts";
import { noteAllOver, noteEnding } from "./ending.ts";
import { link, unlink } from "./links.ts";
import type { ProcessRecord, SupervisorInput, SupervisorState, SupervisorStep } from "./model.ts";
import {
  addSchedules,
  clockSet,
  removeSchedule,
  runQueued,
  scheduleDue,
  suspend,
  wantReboots,
} from "./schedules.ts";
import { beginStopping, killEverything, noteDown, reportWaiting } from "./shutdown.ts";
import { dropStart, looked, nextStart, wantAutostarts, wantStart } from "./starts.ts";

/** Decides what one input changes. Inputs about processes or groups that are gone change nothing. */
export function step(state: SupervisorState, input: SupervisorInput, now: Instant): SupervisorStep {
  const draft = new Draft(state);
  switch (input.kind) {
    case "add-group":
      addGroup(draft, input.config, now);
      break;
    case "remove-group":
      removeGroup(draft, input.name);
      break;
    case "add-processes":
      addProcesses(draft, input.group, input.processes, now);
      break;
    case "remove-process":
      removeProcess(draft, input.key);
      break;
    case "autostart":
      wantAutostarts(draft, input.keys);
      if (input.isBoot === true) wantReboots(draft, input.keys, now);
      break;
    case "start":
      wantStart(draft, input.key, now);
      break;
    case "next-start":
      nextStart(draft, state, now, drive);
      break;
    case "looked":
      looked(draft, input, now, drive);
      break;
    case "stop":
      stopOne(draft, input, now);
      break;
    case "spawned":
      draft.pids.set(input.pid, input.key);
      drive(draft, input.key, { kind: "spawned", pid: input.pid }, now);
      break;
    case "spawn-failed":
      spawnFailed(draft, input, now);
      break;
    case "spawn-again":
      if (draft.daemonState === "RUNNING") drive(draft, input.key, { kind: "spawn-again" }, now);
      break;
    case "extend":
      extend(draft, input, now);
      break;
    case "kill-failed":
      drive(draft, input.key, { kind: "kill-failed", errno: input.errno }, now);
      break;
    case "checked": {
      const { key, ...checked } = input;
      drive(draft, key, checked, now);
      break;
    }
    case "measured": {
      const { pid, bytes } = input;
      drive(draft, input.key, { kind: "measured", pid, bytes }, now);
      break;
    }
    case "signalled":
      signalled(draft, input.key, input.signal);
      break;
    case "child-died":
      childDied(draft, input.pid, input.outcome, now);
      break;
    case "deadline":
      deadline(draft, input.key, now);
      break;
    case "schedule-due":
      scheduleDue(draft, input.key, now, drive);
      break;
    case "clock-set":
      clockSet(draft, state, now);
      break;
    case "report-waiting":
      reportWaiting(draft, now, drive);
      break;
    case "stop-everything":
      beginStopping(draft, state, input.daemonState, now, drive);
      break;
    case "kill-everything":
      killEverything(draft, state, now, drive);
      break;
    default:
      assertNever(input);
  }
  endWithProgram(draft, state, now);
  settleDependents(draft, now, drive);
  noteAllOver(draft);
  endWithProgram(draft, state, now);
  return draft.finish();
}

/** A program has ended the daemon: nothing else that follows from that is done any more. */
function endWithProgram(draft: Draft, state: SupervisorState, now: Instant): void {
  if (draft.ending === null || draft.daemonState !== "RUNNING") return;
  beginStopping(draft, state, "SHUTDOWN", now, drive);
}

/** Runs one process through its state machine and takes over its effects. */
function drive(draft: Draft, key: ProcessKey, input: ProcessInput, now: Instant): void {
  const record = draft.processes.get(key);
  if (record === null) return;
  const gate = gateFor(draft, record, input);
  const result = transition(record.state, input, record.config, now, gate);
  const moved = { before: record.state, after: result, now };
  const runs = noteRuns(record.runs, input, moved, record.config);
  const after = { ...record, state: result.state, runs };
  draft.processes.set(key, after);
  let hasNewRun = false;
  for (const effect of result.effects) {
    // A stop that waits for others would come too late: see holdStop.
    if (effect.kind !== "start-again") draft.effects.push(lift(key, effect));
    else if (!draft.held.has(key)) want(draft, after, effect.by);
    if (effect.kind === "spawn") hasNewRun = input.kind !== "spawn-again";
  }
  noteMove(draft, after, record.state, hasNewRun);
  noteEnding(draft, after, record.state, input);
  if (isDown(record.state) || !isDown(result.state)) return;
  noteDown(draft, key, now, drive);
  runQueued(draft, key);
}

/** Starts for which a program may have those started that it needs. An automatic restart waits for them. */
const STARTS_OTHERS: ReadonlySet<StartCause> = new Set([
  ...(["autostart", "request", "dependency", "schedule"] as const),
]);

/** Whether what the process needs allows what `input` may start. */
function gateFor(draft: Draft, record: ProcessRecord, input: ProcessInput): Gate {
  const mayStart = input.kind === "start" || (input.kind === "deadline" && isRetry(record.state));
  if (!mayStart || !hasDependencies(record.config)) return OPEN;
  const isFirst = record.state.phase.kind !== "WAITING";
  if (isFirst && input.kind === "start" && STARTS_OTHERS.has(input.by)) startMissing(draft, record);
  return new Conditions(draft).gate(record);
}

/** What the process waits for is its next start. */
function isRetry({ phase }: ProcessRecord["state"]): boolean {
  return phase.kind === "BACKOFF" || phase.kind === "EXITED" || phase.kind === "FATAL";
}

function lift(
  key: ProcessKey,
  effect: Exclude<ProcessEffect, { kind: "start-again" }>,
): Draft["effects"][number] {
  return effect.kind === "log" ? effect : { ...effect, key };
}

function stopOne(
  draft: Draft,
  { key, together }: Extract<SupervisorInput, { kind: "stop" }>,
  now: Instant,
): void {
  const record = draft.processes.get(key);
  if (record === null) return;
  dropStart(draft, key, "cancelled");
  suspend(draft, record);
  if (together !== undefined && holdStop(draft, record, together)) return;
  if (draft.held.has(key)) draft.held.set(key, null);
  drive(draft, key, { kind: "stop" }, now);
}

function addGroup(draft: Draft, config: GroupConfig, now: Instant): void {
  if (draft.groups.get(config.name) !== null) return;
  // A name defined twice in one group: the last definition wins (Supervisor, section 4.4).
  const records = new Map<ProcessKey, ProcessRecord>();
  for (const program of config.processes) {
    const key = processKey(config.name, program.name);
    const state = NEVER_STARTED;
    records.set(key, { key, group: config.name, config: program, state, runs: NO_RUNS });
  }
  for (const [key, record] of records) draft.processes.set(key, record);
  draft.groups.set(config.name, { config, keys: [...records.keys()] });
  link(draft, [...records.values()]);
  noteAdded(draft, [...records.values()]);
  addSchedules(draft, [...records.values()], now);
  draft.effects.push({ kind: "group-added", name: config.name });
}

function removeGroup(draft: Draft, name: string): void {
  const group = draft.groups.get(name);
  if (group === null) return;
  const records = group.keys.flatMap((key) => draft.processes.get(key) ?? []);
  unlink(draft, records);
  for (const record of records) {
    const { key } = record;
    // UNKNOWN counts as stopped although the process may run. From here on it is unrelated: its exit must not affect the next
    // process with its key.
    const pid = pidOf(record.state);
    if (pid !== 0) {
      draft.pids.set(pid, null);
      draft.effects.push({ kind: "release", key });
    }
    dropStart(draft, key, "removed");
    removeSchedule(draft, key);
    draft.processes.set(key, null);
    if (draft.held.has(key)) draft.held.set(key, null);
    touch(draft, record);
  }
  draft.groups.set(name, null);
  draft.effects.push({ kind: "group-removed", name, keys: group.keys });
}

/** In a shutdown with a grace nothing is given more time than that. */
function extend(
  draft: Draft,
  { key, pid, ms }: Extract<SupervisorInput, { kind: "extend" }>,
  now: Instant,
): void {
  const killBy = draft.stopPlan?.killBy ?? null;
  drive(draft, key, { kind: "extend", pid, ms, killBy }, now);
}

function spawnFailed(
  draft: Draft,
  { key, text, byHost = false }: Extract<SupervisorInput, { kind: "spawn-failed" }>,
  now: Instant,
): void {
  drive(draft, key, { kind: "spawn-failed", text, byHost }, now);
}

function signalled(draft: Draft, key: ProcessKey, signal: number): void {
  const record = draft.processes.get(key);
  if (record === null || pidOf(record.state) === 0) return;
  draft.processes.set(key, { ...record, runs: noteSignal(record.runs, signal) });
}

function childDied(draft: Draft, pid: number, outcome: ExitOutcome, now: Instant): void {
  const key = draft.pids.get(pid);
  if (key === null) {
    draft.log("INFO", messages.reapedUnknown(pid, outcome));
    return;
  }
  draft.pids.set(pid, null);
  draft.effects.push({ kind: "release", key });
  drive(draft, key, { kind: "exited", outcome }, now);
}

function deadline(draft: Draft, key: ProcessKey, now: Instant): void {
  const record = draft.processes.get(key);
  const wouldStart = record !== null && isRetry(record.state);
  // While everything is being stopped nothing is started; the rest of the state machine continues.
  if (wouldStart && draft.daemonState !== "RUNNING") return;
  drive(draft, key, { kind: "deadline" }, now);
}

// Processes that join or leave an active group while the daemon runs. The group's configuration changes with them, so
// that a reread sees what is different from the file.

/** Adds processes to a group. Not during a shutdown, whose plan already exists. */
function addProcesses(
  draft: Draft,
  name: string,
  processes: readonly ProcessConfig[],
  now: Instant,
): void {
  const group = draft.groups.get(name);
  if (group === null || draft.daemonState !== "RUNNING") return;
  const fresh = processes.filter(
    (each) => draft.processes.get(processKey(name, each.name)) === null,
  );
  const keys = fresh.map((each) => processKey(name, each.name));
  const records = fresh.map((config) => {
    const key = processKey(name, config.name);
    return { key, group: name, config, state: NEVER_STARTED, runs: NO_RUNS };
  });
  for (const record of records) draft.processes.set(record.key, record);
  link(draft, records);
  draft.groups.set(name, {
    config: { ...group.config, processes: [...group.config.processes, ...fresh] },
    keys: [...group.keys, ...keys],
  });
  noteAdded(draft, records);
  addSchedules(draft, records, now);
  draft.effects.push({ kind: "processes-added", keys });
}

/** Takes a process out of its group, if nothing of it runs. */
export function removeProcess(draft: Draft, key: ProcessKey): void {
  const record = draft.processes.get(key);
  const group = record === null ? null : draft.groups.get(record.group);
  if (record === null || group === null || draft.daemonState !== "RUNNING") return;
  if (!isDown(record.state) || pidOf(record.state) !== 0) return;
  const { name } = record.config;
  draft.groups.set(record.group, {
    config: {
      ...group.config,
      processes: group.config.processes.filter((each) => each.name !== name),
    },
    keys: group.keys.filter((each) => each !== key),
  });
  dropStart(draft, key, "removed");
  removeSchedule(draft, key);
  unlink(draft, [record]);
  draft.processes.set(key, null);
  touch(draft, record);
  draft.effects.push({ kind: "process-removed", key });
}
