// The one reducer of supervision: (state, input, now) -> what changes and what to do. Pure; a seeded simulation runs
// years of it in a second.

import { assertNever } from "../base/assert.ts";
import { type ProcessKey, processKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { GroupConfig } from "../config/model.ts";
import { messages } from "../process/messages.ts";
import {
  type ExitOutcome,
  NEVER_STARTED,
  type ProcessEffect,
  type ProcessInput,
  pidOf,
} from "../process/model.ts";
import { isDown } from "../process/public-state.ts";
import { NO_RUNS, noteRuns, noteSignal } from "../process/runs.ts";
import { transition } from "../process/transition.ts";
import { Draft } from "./draft.ts";
import { addProcesses, removeProcess } from "./membership.ts";
import type { SupervisorInput, SupervisorState, SupervisorStep } from "./model.ts";
import { beginStopping, noteDown, reportWaiting } from "./shutdown.ts";
import { dropStart, looked, nextStart, wantAutostarts, wantStart } from "./starts.ts";

/** Decides what one input changes. Inputs about processes or groups that are gone change nothing. */
export function step(state: SupervisorState, input: SupervisorInput, now: Instant): SupervisorStep {
  const draft = new Draft(state);
  switch (input.kind) {
    case "add-group":
      addGroup(draft, input.config);
      break;
    case "remove-group":
      removeGroup(draft, input.name);
      break;
    case "add-processes":
      addProcesses(draft, input.group, input.processes);
      break;
    case "remove-process":
      removeProcess(draft, input.key);
      break;
    case "autostart":
      wantAutostarts(draft, input.keys);
      break;
    case "start":
      wantStart(draft, input.key);
      break;
    case "next-start":
      nextStart(draft, state, now, drive);
      break;
    case "looked":
      looked(draft, input, now, drive);
      break;
    case "stop":
      dropStart(draft, input.key, "cancelled");
      drive(draft, input.key, { kind: "stop" }, now);
      break;
    case "spawned":
      draft.pids.set(input.pid, input.key);
      drive(draft, input.key, { kind: "spawned", pid: input.pid }, now);
      break;
    case "spawn-failed":
      spawnFailed(draft, input, now);
      break;
    case "spawn-again":
      if (draft.mood === "RUNNING") drive(draft, input.key, { kind: "spawn-again" }, now);
      break;
    case "kill-failed":
      drive(draft, input.key, { kind: "kill-failed", errno: input.errno }, now);
      break;
    case "signalled":
      signalled(draft, input.key, input.signal);
      break;
    case "child-died":
      childDied(draft, input.pid, input.outcome, now);
      break;
    case "deadline":
      deadline(draft, input.key, now);
      break;
    case "report-waiting":
      reportWaiting(draft, now);
      break;
    case "stop-everything":
      beginStopping(draft, state, input.mood, now, drive);
      break;
    default:
      assertNever(input);
  }
  return draft.finish();
}

/** Runs one process through its state machine and takes over its effects. */
function drive(draft: Draft, key: ProcessKey, input: ProcessInput, now: Instant): void {
  const record = draft.processes.get(key);
  if (record === null) return;
  const result = transition(record.state, input, record.config, now);
  const moved = { before: record.state, after: result, now };
  const runs = noteRuns(record.runs, input, moved, record.config);
  draft.processes.set(key, { ...record, state: result.state, runs });
  for (const effect of result.effects) draft.effects.push(lift(key, effect));
  if (!isDown(record.state) && isDown(result.state)) noteDown(draft, key, now, drive);
}

function lift(key: ProcessKey, effect: ProcessEffect): Draft["effects"][number] {
  return effect.kind === "log" ? effect : { ...effect, key };
}

function addGroup(draft: Draft, config: GroupConfig): void {
  if (draft.groups.get(config.name) !== null) return;
  const keys = new Set<ProcessKey>();
  for (const program of config.processes) {
    const key = processKey(config.name, program.name);
    // A name defined twice in one group: the last definition wins (Supervisor, section 4.4).
    keys.add(key);
    draft.processes.set(key, {
      key,
      group: config.name,
      config: program,
      state: NEVER_STARTED,
      runs: NO_RUNS,
    });
  }
  draft.groups.set(config.name, { config, keys: [...keys] });
  draft.effects.push({ kind: "group-added", name: config.name });
}

function removeGroup(draft: Draft, name: string): void {
  const group = draft.groups.get(name);
  if (group === null) return;
  for (const key of group.keys) {
    const record = draft.processes.get(key);
    // UNKNOWN counts as stopped although it lives. From here on it is a stranger: whoever gets its key next must not
    // suffer from its death.
    const pid = record === null ? 0 : pidOf(record.state);
    if (pid !== 0) {
      draft.pids.set(pid, null);
      draft.effects.push({ kind: "release", key });
    }
    dropStart(draft, key, "removed");
    draft.processes.set(key, null);
  }
  draft.groups.set(name, null);
  draft.effects.push({ kind: "group-removed", name, keys: group.keys });
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
  const phase = draft.processes.get(key)?.state.phase.kind;
  const wouldStart = phase === "BACKOFF" || phase === "EXITED";
  // While everything is being stopped nothing is started; the rest of the state machine goes on.
  if (wouldStart && draft.mood !== "RUNNING") return;
  drive(draft, key, { kind: "deadline" }, now);
}
