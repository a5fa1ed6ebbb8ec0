// Programs that the clock starts. A run that is due becomes a start like any other: it waits for its turn and for what the
// program needs. Here is decided when, and what happens if one is under way; core/schedules has the arithmetic.

import type { ProcessKey } from "../base/ids.ts";
import { type Instant, SECOND } from "../base/time.ts";
import type { Schedule } from "../config/value-types.ts";
import type { ProcessPhase } from "../process/model.ts";
import { isDown } from "../process/public-state.ts";
import { messages } from "../schedules/report.ts";
import type { RunOutcome } from "../schedules/schedule.ts";
import { isDue, isMissed, isSetBack, nextAfter, scheduleText } from "../schedules/schedule.ts";
import { want } from "./dependents.ts";
import type { Draft, Drive } from "./draft.ts";
import type { ProcessRecord, SupervisorState } from "./model.ts";
import { isStartWanted } from "./wanted.ts";

const NO_RUN = { atWall: null, atMono: null, lead: 0 } as const;

/** Processes were added: those with a schedule get their next run. */
export function addSchedules(draft: Draft, records: readonly ProcessRecord[], now: Instant): void {
  for (const { key, config } of records) {
    const { schedule, name } = config;
    if (schedule === null) continue;
    const next = nextAfter(schedule, now);
    draft.schedules.set(key, { ...next, isQueued: false, isSuspended: false });
    if (schedule.kind === "cron" && next.atWall === null) draft.log("WARN", messages.never(name));
  }
}

export function removeSchedule(draft: Draft, key: ProcessKey): void {
  if (draft.schedules.has(key)) draft.schedules.set(key, null);
}

/** The daemon has started: programs of `@reboot` are wanted. */
export function wantReboots(draft: Draft, keys: readonly ProcessKey[], now: Instant): void {
  for (const key of keys) {
    const record = draft.processes.get(key);
    const schedule = record?.config.schedule ?? null;
    if (record === null || schedule?.kind !== "reboot") continue;
    const { name } = record.config;
    tell(draft, { record, schedule, at: now.wall }, "started", "INFO", messages.due(name));
    want(draft, record, "schedule");
  }
}

/** The clock says that a run of the process is due. */
export function scheduleDue(draft: Draft, key: ProcessKey, now: Instant, drive: Drive): void {
  const record = draft.processes.get(key);
  const state = draft.schedules.get(key);
  const schedule = record?.config.schedule ?? null;
  if (record === null || state === null || schedule === null) return;
  if (draft.daemonState !== "RUNNING" || !isDue(state, now)) return;
  draft.schedules.set(key, { ...state, ...nextAfter(schedule, now, state.atMono) });
  const { name, catchUp } = record.config;
  const due = { record, schedule, at: state.atWall ?? now.wall };
  if (isMissed(state, now)) {
    if (catchUp === "none") {
      tell(draft, due, "missed", "WARN", messages.missed(name, due.at));
      return;
    }
    run(draft, due, messages.caughtUp(name, due.at), now, drive);
  } else {
    run(draft, due, messages.due(name), now, drive);
  }
}

/** A run that is due: whose, by what, and the moment in epoch milliseconds. */
interface DueRun {
  readonly record: ProcessRecord;
  readonly schedule: Schedule;
  readonly at: number;
}

function run(draft: Draft, due: DueRun, text: string, now: Instant, drive: Drive): void {
  const { record } = due;
  const { name, overlap } = record.config;
  const { phase } = record.state;
  if (phase.kind === "UNKNOWN") {
    tell(draft, due, "skipped", "WARN", messages.unknown(name));
    return;
  }
  const isWanted = isStartWanted(draft, record.key);
  // One that is blocked is tried again, with what it needs.
  if ((isDown(record.state) || phase.kind === "BLOCKED") && !isWanted) {
    tell(draft, due, "started", "INFO", text);
    want(draft, record, "schedule");
    return;
  }
  const isUnderWay = !isDown(record.state);
  if (overlap === "restart" && executes(phase)) {
    tell(draft, due, "started", "INFO", messages.restarted(name));
    drive(draft, record.key, { kind: "restart", by: "schedule" }, now);
  } else if (overlap !== "skip" && isUnderWay && queue(draft, record, phase)) {
    tell(draft, due, "queued", "INFO", messages.queued(name));
  } else {
    tell(draft, due, "skipped", "WARN", messages.skipped(name, overlap));
  }
}

/** A restart can stop it. */
function executes({ kind }: ProcessPhase): boolean {
  return kind === "SPAWNING" || kind === "STARTING" || kind === "READYING" || kind === "RUNNING";
}

/** One run waits at most. With overlap=restart it waits for a stop that is under way. @returns whether it was queued */
function queue(draft: Draft, { key, config }: ProcessRecord, phase: ProcessPhase): boolean {
  const state = draft.schedules.get(key);
  const mayWait = config.overlap === "queue" || phase.kind === "STOPPING";
  // What is to be started again once it is down needs no second run.
  const isComing = phase.kind === "STOPPING" && phase.again !== null;
  if (state === null || state.isQueued || !mayWait || isComing) return false;
  draft.schedules.set(key, { ...state, isQueued: true });
  return true;
}

/** A process is down: the run that waited for it begins. */
export function runQueued(draft: Draft, key: ProcessKey): void {
  const state = draft.schedules.get(key);
  const record = draft.processes.get(key);
  if (state === null || !state.isQueued || record === null || draft.daemonState !== "RUNNING")
    return;
  draft.schedules.set(key, { ...state, isQueued: false });
  if (record.state.phase.kind === "UNKNOWN") return;
  if (isStartWanted(draft, key) || record.config.schedule === null) return;
  draft.log("INFO", messages.due(record.config.name));
  want(draft, record, "schedule");
}

/** It is stopped on request: the clock does not start it until a request does. */
export function suspend(draft: Draft, { key, config }: ProcessRecord): void {
  const state = draft.schedules.get(key);
  if (state === null || state.isSuspended || config.schedule?.kind === "reboot") return;
  draft.schedules.set(key, { ...NO_RUN, isQueued: false, isSuspended: true });
  draft.log("INFO", messages.suspended(config.name));
}

/** It is started on request. */
export function resume(draft: Draft, { key, config }: ProcessRecord, now: Instant): void {
  const state = draft.schedules.get(key);
  if (state === null || !state.isSuspended || config.schedule === null) return;
  draft.schedules.set(key, {
    ...{ ...nextAfter(config.schedule, now), isQueued: false, isSuspended: false },
  });
  draft.log("INFO", messages.resumed(config.name));
}

/** The wall clock was set. What the new time makes due is told by inputs of its own. */
export function clockSet(draft: Draft, { schedules }: SupervisorState, now: Instant): void {
  for (const [key, state] of schedules) {
    const schedule = draft.processes.get(key)?.config.schedule ?? null;
    if (schedule === null || !isSetBack(state, now)) continue;
    draft.schedules.set(key, { ...state, ...nextAfter(schedule, now) });
  }
}

function tell(
  draft: Draft,
  { record, schedule, at }: DueRun,
  what: RunOutcome,
  level: "INFO" | "WARN",
  text: string,
): void {
  draft.log(level, text);
  const details = { what, due: Math.floor(at / SECOND) };
  const told = `${what} (schedule=${scheduleText(schedule)})`;
  const notice = { about: "SCHEDULE", details, text: told } as const;
  draft.effects.push({ kind: "notice", key: record.key, notice });
}
