// Scheduled programs: what happens when a run is due. It becomes a start like any other, which waits for its
// turn and for dependencies. core/schedules computes the times.

import type { ProcessKey } from "../base/ids.ts";
import { SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { Schedule } from "../config/value-types.ts";
import { isDown, type ProcessPhase } from "../process/model.ts";
import { messages } from "../schedules/report.ts";
import {
  isDue,
  isMissed,
  isSetBack,
  nextAfter,
  type RunOutcome,
  scheduleText,
} from "../schedules/schedule.ts";
import { awaitAgain } from "./connections.ts";
import { queueStart } from "./dependents.ts";
import type { Draft } from "./draft.ts";
import { isStartWanted, type ProcessRecord } from "./model.ts";

const NO_RUN = { atWall: null, atMono: null, lead: 0 } as const;

/** Also of a disabled program. */
const SUSPENDED = { ...NO_RUN, isQueued: false, isSuspended: true } as const;

/** Computes the next runs of added processes. */
export function addSchedules(draft: Draft, records: readonly ProcessRecord[]): void {
  for (const { key, config } of records) {
    const { schedule, startOn, name } = config;
    if (schedule === null && startOn === null) continue;
    if (!config.enabled) {
      draft.schedules.set(key, SUSPENDED);
      continue;
    }
    const next = nextOf(draft, schedule);
    draft.schedules.set(key, { ...next, isQueued: false, isSuspended: false });
    if (schedule?.kind === "cron" && next.atWall === null) draft.log("WARN", messages.never(name));
  }
}

function nextOf({ now, offset }: Draft, schedule: Schedule | null) {
  return schedule === null ? NO_RUN : nextAfter(schedule, now, offset);
}

export function removeSchedule(draft: Draft, key: ProcessKey): void {
  if (draft.schedules.has(key)) draft.schedules.set(key, null);
}

/** Queues the starts of `@reboot`. */
export function queueReboots(draft: Draft, keys: readonly ProcessKey[]): void {
  for (const key of keys) {
    const record = draft.processes.get(key);
    const schedule = record?.config.schedule ?? null;
    if (record?.config.enabled !== true || schedule?.kind !== "reboot") continue;
    const { name } = record.config;
    const due = { record, schedule, at: draft.now.wall };
    report(draft, due, "started", "INFO", messages.due(name));
    queueStart(draft, record, "schedule");
  }
}

/** Handles a run that is due. */
export function scheduleDue(draft: Draft, key: ProcessKey): void {
  const { now } = draft;
  const record = draft.processes.get(key);
  const state = draft.schedules.get(key);
  if (record === null || state === null) return;
  if (draft.daemonState !== "RUNNING" || !isDue(state, now)) return;
  const { schedule } = record.config;
  if (schedule === null) {
    awaitAgain(draft, key);
    return;
  }
  draft.schedules.set(key, { ...state, ...nextAfter(schedule, now, draft.offset, state.atMono) });
  const { name, catchUp } = record.config;
  const due = { record, schedule, at: state.atWall ?? now.wall };
  if (!isMissed(state, now)) run(draft, due, messages.due(name));
  else if (catchUp !== "none") run(draft, due, messages.caughtUp(name, due.at));
  else report(draft, due, "missed", "WARN", messages.missed(name, due.at));
}

/** A run that is due `at` epoch milliseconds. */
interface DueRun {
  readonly record: ProcessRecord;
  readonly schedule: Schedule;
  readonly at: number;
}

function run(draft: Draft, due: DueRun, text: string): void {
  const { record } = due;
  const { name, overlap } = record.config;
  const { phase } = record.state;
  if (phase.kind === "UNKNOWN") {
    report(draft, due, "skipped", "WARN", messages.unknown(name));
    return;
  }
  const isUnderWay = !isDown(record.state);
  // A blocked start is repeated, with its dependencies.
  const canStart = !isUnderWay || phase.kind === "BLOCKED";
  if (canStart && !isStartWanted(draft, record.key)) {
    report(draft, due, "started", "INFO", text);
    queueStart(draft, record, "schedule");
  } else if (overlap === "restart" && canRestart(phase)) {
    report(draft, due, "started", "INFO", messages.restarted(name));
    draft.drive(record.key, { kind: "restart", by: "schedule" });
  } else if (overlap !== "skip" && isUnderWay && queueRun(draft, record, phase)) {
    report(draft, due, "queued", "INFO", messages.queued(name));
  } else {
    report(draft, due, "skipped", "WARN", messages.skipped(name, overlap));
  }
}

function canRestart({ kind }: ProcessPhase): boolean {
  return kind === "SPAWNING" || kind === "STARTING" || kind === "READYING" || kind === "RUNNING";
}

/** Queues at most one run; with overlap=restart only during a stop. @returns whether it was queued */
function queueRun(draft: Draft, { key, config }: ProcessRecord, phase: ProcessPhase): boolean {
  const state = draft.schedules.get(key);
  const mayWait = config.overlap === "queue" || phase.kind === "STOPPING";
  // A process that is being restarted needs no second run.
  const willRestart = phase.kind === "STOPPING" && phase.again !== null;
  if (state === null || state.isQueued || !mayWait || willRestart) return false;
  draft.schedules.set(key, { ...state, isQueued: true });
  return true;
}

/** Begins the queued run of a process that is down. */
export function runQueued(draft: Draft, key: ProcessKey): void {
  const state = draft.schedules.get(key);
  const record = draft.processes.get(key);
  if (state === null || !state.isQueued || record === null) return;
  if (draft.daemonState !== "RUNNING") return;
  draft.schedules.set(key, { ...state, isQueued: false });
  if (record.state.phase.kind === "UNKNOWN") return;
  if (isStartWanted(draft, key) || record.config.schedule === null) return;
  draft.log("INFO", messages.due(record.config.name));
  queueStart(draft, record, "schedule");
}

/** Suspends the schedule of a process that is stopped on request, until it is started on request, or is disabled. */
export function suspendSchedule(draft: Draft, { key, config }: ProcessRecord): void {
  const state = draft.schedules.get(key);
  if (state === null || state.isSuspended || config.schedule?.kind === "reboot") return;
  draft.schedules.set(key, SUSPENDED);
  const why = config.enabled ? "it was stopped on request" : "it is disabled";
  draft.log("INFO", messages.suspended(starterOf(config), why));
}

/** Reverts `suspendSchedule`, but not of a disabled program. @param why a clause for the log */
export function resumeSchedule(draft: Draft, { key, config }: ProcessRecord, why: string): void {
  const state = draft.schedules.get(key);
  if (state === null || !state.isSuspended || !config.enabled) return;
  const next = nextOf(draft, config.schedule);
  draft.schedules.set(key, { ...next, isQueued: false, isSuspended: false });
  draft.log("INFO", messages.resumed(starterOf(config), why));
}

function starterOf({ startOn, name }: ProcessConfig): string {
  return startOn === null ? `schedule of ${name}` : `start_on=${startOn} of ${name}`;
}

/** Handles a change of the wall clock, forward by so many ms. Runs that become due are inputs of their own. */
export function clockSet(draft: Draft, by: number): void {
  const { now, base } = draft;
  if (Math.abs(by) >= SECOND) draft.log("INFO", messages.clockSet(by, now.wall));
  for (const [key, state] of base.schedules) {
    const schedule = draft.processes.get(key)?.config.schedule ?? null;
    if (schedule === null || !isSetBack(schedule, state, now)) continue;
    draft.schedules.set(key, { ...state, ...nextAfter(schedule, now, draft.offset) });
  }
}

function report(
  draft: Draft,
  { record, schedule, at }: DueRun,
  outcome: RunOutcome,
  level: "INFO" | "WARN",
  text: string,
): void {
  draft.log(level, text);
  const details = { what: outcome, due: Math.floor(at / SECOND) };
  const summary = `${outcome} (schedule=${scheduleText(schedule)})`;
  const notice = { about: "SCHEDULE", details, text: summary } as const;
  draft.effects.push({ kind: "notice", key: record.key, notice });
}
