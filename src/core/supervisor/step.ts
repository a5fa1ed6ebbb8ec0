// The one reducer of supervision: (state, input, now, offset) → patch and effects. Pure: a seeded simulation runs years
// of it in a second.

import { type ProcessKey, processKey } from "../base/ids.ts";
import { assertNever } from "../base/result.ts";
import type { Instant } from "../base/time.ts";
import { hasDependencies } from "../config/dependencies.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import { endsLeftovers } from "../process/leftovers.ts";
import { messages } from "../process/messages.ts";
import {
  type Gate,
  isDown,
  isRetry,
  OPEN,
  type ProcessInput,
  pidOf,
  type StartCause,
} from "../process/model.ts";
import { noteRuns, noteSignal, plainOutcome } from "../process/runs.ts";
import { transition } from "../process/transition.ts";
import {
  addGroup,
  addRecords,
  configureGroups,
  noteRecords,
  removeMember,
  removeRecord,
  stayDown,
  takePending,
} from "./configure.ts";
import { connected } from "./connections.ts";
import { Conditions, removeFromIndex } from "./dependencies.ts";
import { holdStop, noteChange, queueStart, settleDependents, startMissing } from "./dependents.ts";
import { Draft } from "./draft.ts";
import { noteAllOver, noteEnding } from "./ending.ts";
import {
  deadlineOfRecord,
  isBeingStopped,
  isStartWanted,
  livePid,
  type ProcessRecord,
  type SupervisorInput,
  type SupervisorState,
  type SupervisorStep,
} from "./model.ts";
import { clockSet, queueReboots, runQueued, scheduleDue, suspendSchedule } from "./schedules.ts";
import { beginStopping, killEverything, noteDown, noteUp, reportWaiting } from "./shutdown.ts";
import { cancelStart, nextStart, queueAutostarts, requestStart, resolved } from "./starts.ts";

/**
 * Decides what one input changes. Inputs about processes or groups that are gone change nothing.
 * @param offset that of the host's time zone
 */
export function step(
  state: SupervisorState,
  input: SupervisorInput,
  now: Instant,
  offset: OffsetMinutes,
): SupervisorStep {
  const draft = new Draft(state, now, offset, drive);
  handle(draft, input);
  endWithProgram(draft);
  settleDependents(draft);
  noteAllOver(draft);
  endWithProgram(draft);
  return draft.finish();
}

function handle(draft: Draft, input: SupervisorInput): void {
  switch (input.kind) {
    case "add-group":
      addGroup(draft, input.config);
      return;
    case "configure":
      configureGroups(draft, input.groups);
      return;
    case "remove-group":
      removeGroup(draft, input.name);
      return;
    case "add-processes":
      addProcesses(draft, input.group, input.processes);
      return;
    case "remove-process":
      removeProcess(draft, input.key);
      return;
    case "autostart":
      queueAutostarts(draft, input.keys);
      if (input.isBoot === true) queueReboots(draft, input.keys);
      return;
    case "start":
      requestStart(draft, input.key);
      return;
    case "next-start":
      nextStart(draft);
      return;
    case "resolved":
      resolved(draft, input);
      return;
    case "stop":
      stopOne(draft, input.key, input.together);
      return;
    case "restart":
      restartOne(draft, input.key);
      return;
    case "files-changed":
      filesChanged(draft, input);
      return;
    case "spawned":
      draft.pids.set(input.pid, input.key);
      draft.drive(input.key, { kind: "spawned", pid: input.pid });
      return;
    case "spawn-failed": {
      const { key, text, byHost = false } = input;
      draft.drive(key, { kind: "spawn-failed", text, byHost });
      return;
    }
    case "spawn-again":
      // Nothing of it has run, so it ends at once when everything is being stopped.
      draft.drive(input.key, { kind: draft.daemonState === "RUNNING" ? "spawn-again" : "stop" });
      return;
    case "spawn-waits":
      draft.drive(input.key, { kind: "spawn-waits" });
      return;
    case "extend": {
      const { key, pid, ms } = input;
      // shutdown_grace limits extensions.
      draft.drive(key, { kind: "extend", pid, ms, killBy: draft.stopPlan?.killBy ?? null });
      return;
    }
    case "hook-ended": {
      const { key, ...ended } = input;
      draft.drive(key, ended);
      return;
    }
    case "kill-failed":
      draft.drive(input.key, { kind: "kill-failed", errno: input.errno });
      return;
    case "checked": {
      const { key, ...checked } = input;
      draft.drive(key, checked);
      return;
    }
    case "measured": {
      const { key, ...measured } = input;
      draft.drive(key, measured);
      return;
    }
    case "signalled":
      signalled(draft, input.key, input.signal);
      return;
    case "child-died":
      childDied(draft, input);
      return;
    case "left-ended":
      leftEnded(draft, input);
      return;
    case "deadline":
      deadline(draft, input.key);
      return;
    case "connected":
      connected(draft, input.key);
      return;
    case "schedule-due":
      scheduleDue(draft, input.key);
      return;
    case "clock-set":
      clockSet(draft, input.by);
      return;
    case "report-waiting":
      reportWaiting(draft);
      return;
    case "stop-everything":
      beginStopping(draft, input.daemonState);
      return;
    case "kill-everything":
      killEverything(draft);
      return;
    default:
      assertNever(input);
  }
}

/** Shuts down if a program has ended the daemon. */
function endWithProgram(draft: Draft): void {
  if (draft.ending === null || draft.daemonState !== "RUNNING") return;
  beginStopping(draft, "SHUTDOWN");
}

/** Runs one process through its state machine and applies the consequences. */
function drive(draft: Draft, key: ProcessKey, input: ProcessInput): void {
  const { now } = draft;
  const record = draft.processes.get(key);
  if (record === null) return;
  if (record.exit !== null && OF_LIVING.has(input.kind)) return;
  const gate = gateFor(draft, record, input);
  const result = transition(record.state, input, record.config, now, gate);
  const moved = { before: record.state, after: result, now };
  const runs = noteRuns(record.runs, input, moved, record.config);
  const after = { ...record, state: result.state, runs };
  draft.processes.set(key, after);
  let hasNewRun = false;
  for (const effect of result.effects) {
    switch (effect.kind) {
      case "start-again":
        // A held stop would come too late: see holdStop.
        if (!draft.held.has(key)) queueStart(draft, after, effect.by);
        break;
      case "log":
        draft.effects.push(effect);
        break;
      default:
        if (effect.kind === "spawn") hasNewRun = input.kind !== "spawn-again";
        draft.effects.push({ ...effect, key });
    }
  }
  noteChange(draft, after, record.state, hasNewRun);
  noteEnding(draft, after, record.state, input);
  const isUp = !isDown(result.state);
  if (isDown(record.state) && isUp) noteUp(draft, key);
  if (!isDown(record.state) && !isUp) {
    noteDown(draft, key);
    runQueued(draft, key);
  }
  if (draft.pending.has(key)) takePending(draft, key);
}

/** Causes that start dependencies too. Automatic restarts wait for them. */
const STARTS_DEPENDENCIES: ReadonlySet<StartCause> = new Set([
  ...(["autostart", "request", "dependency", "schedule", "connect", "apply"] as const),
  "restart",
]);

/** Whether dependencies, and the hook after the last run, allow the start that `input` may cause. */
function gateFor(draft: Draft, record: ProcessRecord, input: ProcessInput): Gate {
  const { phase, hook } = record.state;
  const mayStart = input.kind === "start" || (input.kind === "deadline" && isRetry(phase));
  if (!mayStart) return OPEN;
  const gate = hasDependencies(record.config) ? dependencyGate(draft, record, input) : OPEN;
  if (gate.kind !== "open" || hook === null) return gate;
  return { kind: "waiting", text: messages.waitsForHook(hook.name) };
}

function dependencyGate(draft: Draft, record: ProcessRecord, input: ProcessInput): Gate {
  const isFirst = record.state.phase.kind !== "WAITING";
  if (isFirst && input.kind === "start" && STARTS_DEPENDENCIES.has(input.by)) {
    startMissing(draft, record);
  }
  return new Conditions(draft).gate(record);
}

function stopOne(
  draft: Draft,
  key: ProcessKey,
  together: ReadonlySet<ProcessKey> | undefined,
): void {
  const record = draft.processes.get(key);
  if (record === null) return;
  cancelStart(draft, key, "cancelled");
  stayDown(draft, key);
  suspendSchedule(draft, record);
  if (together !== undefined && holdStop(draft, record, together)) return;
  if (draft.held.has(key)) draft.held.set(key, null);
  draft.drive(key, { kind: "stop" });
}

/** A stop that is held for dependents does not become a restart. */
function restartOne(draft: Draft, key: ProcessKey): void {
  if (draft.daemonState !== "RUNNING" || draft.held.has(key)) return;
  draft.drive(key, { kind: "restart", by: "restart" });
}

/** A stop that is held for dependents does not become a restart either. */
function filesChanged(
  draft: Draft,
  { key, text }: Extract<SupervisorInput, { kind: "files-changed" }>,
): void {
  if (draft.daemonState !== "RUNNING" || draft.held.has(key)) return;
  if (!isStartWanted(draft, key)) draft.drive(key, { kind: "files-changed", text });
}

/** Adds processes to an active group, not during a shutdown. A reread compares the files with the changed group. */
function addProcesses(draft: Draft, name: string, processes: readonly ProcessConfig[]): void {
  const group = draft.groups.get(name);
  if (group === null || draft.daemonState !== "RUNNING") return;
  const added = processes.filter((each) => !draft.processes.has(processKey(name, each.name)));
  const records = addRecords(draft, name, added);
  const keys = records.map(({ key }) => key);
  draft.groups.set(name, {
    ...group,
    config: { ...group.config, processes: [...group.config.processes, ...added] },
    keys: [...group.keys, ...keys],
  });
  noteRecords(draft, records);
  draft.effects.push({ kind: "processes-added", keys });
}

function removeGroup(draft: Draft, name: string): void {
  const group = draft.groups.get(name);
  if (group === null) return;
  const records = group.keys.flatMap((key) => draft.processes.get(key) ?? []);
  removeFromIndex(draft, records);
  for (const record of records) {
    const { key } = record;
    // UNKNOWN counts as stopped although the process may exist. Its exit must not affect a later process with the same key.
    const pid = pidOf(record.state);
    if (pid !== 0) {
      draft.pids.set(pid, null);
      draft.effects.push({ kind: "release", key });
    }
    removeRecord(draft, record);
    if (draft.held.has(key)) draft.held.set(key, null);
  }
  draft.groups.set(name, null);
  draft.effects.push({ kind: "group-removed", name, keys: group.keys });
}

/** Removes a process that is down from its group. */
function removeProcess(draft: Draft, key: ProcessKey): void {
  const record = draft.processes.get(key);
  const group = record === null ? null : draft.groups.get(record.group);
  if (record === null || group === null || draft.daemonState !== "RUNNING") return;
  if (!isDown(record.state) || pidOf(record.state) !== 0) return;
  const { name } = record.config;
  const processes = group.config.processes.filter((each) => each.name !== name);
  draft.groups.set(record.group, { ...group, config: { ...group.config, processes } });
  removeMember(draft, record);
}

function signalled(draft: Draft, key: ProcessKey, signal: number): void {
  const record = draft.processes.get(key);
  if (record === null || livePid(record) === 0) return;
  draft.processes.set(key, { ...record, runs: noteSignal(record.runs, signal) });
}

function childDied(
  draft: Draft,
  { pid, outcome, reached = {} }: Extract<SupervisorInput, { kind: "child-died" }>,
): void {
  const key = draft.pids.get(pid);
  if (key === null) {
    draft.log("INFO", messages.reapedUnknown(pid, outcome));
    return;
  }
  draft.pids.set(pid, null);
  const record = draft.processes.get(key);
  if (record !== null && endsLeftovers(record.config)) {
    const exit = { outcome: plainOutcome(outcome), at: draft.now, reached };
    draft.processes.set(key, { ...record, exit });
    draft.effects.push({ kind: "end-left", key, pid, mayFinish: isBeingStopped(record) });
    return;
  }
  draft.effects.push({ kind: "release", key });
  draft.drive(key, { kind: "exited", outcome, reached, isLast: isLate(draft) });
}

/** The time for a shutdown is over. */
function isLate({ stopPlan, now }: Draft): boolean {
  const { endAt = null } = stopPlan ?? {};
  return endAt !== null && now.mono >= endAt;
}

/** The exit counts only now, so that the next run does not meet processes of this one. */
function leftEnded(
  draft: Draft,
  { key, ended, running }: Extract<SupervisorInput, { kind: "left-ended" }>,
): void {
  const record = draft.processes.get(key);
  const exit = record?.exit ?? null;
  if (record === null || exit === null) return;
  draft.processes.set(key, { ...record, exit: null });
  draft.effects.push({ kind: "release", key });
  const { name } = record.config;
  const left = { ended, running };
  if (ended > 0) draft.log("INFO", messages.leftEnded(name, left));
  if (running > 0) draft.log("WARN", messages.leftRunning(name, left));
  const isNone = ended + running === 0;
  const more = isNone ? {} : { left };
  draft.drive(key, { kind: "exited", ...exit, isLast: isLate(draft), ...more });
}

/** About a process that executes; they come too late when it has exited. */
const OF_LIVING: ReadonlySet<ProcessInput["kind"]> = new Set([
  ...(["checked", "measured", "extend", "kill-failed", "configured"] as const),
]);

function deadline(draft: Draft, key: ProcessKey): void {
  const record = draft.processes.get(key);
  if (record !== null && deadlineOfRecord(record) === null) return;
  const wouldStart = record !== null && record.state.hook === null && isRetry(record.state.phase);
  // Nothing is started while everything is being stopped.
  if (wouldStart && draft.daemonState !== "RUNNING") return;
  draft.drive(key, { kind: "deadline" });
}
