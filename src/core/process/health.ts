// Watches a RUNNING program: health_check every health_interval, max_memory, max_age. A program that is
// unhealthy, uses too much memory or is too old is stopped and started again.
//
// Such restarts must not become a fast loop. A run that never passed its health check counts like one that
// exited too soon: the delay before the next start is 1, 2, 3 ... seconds, or what restart_delay and
// restart_backoff say. After a run that was healthy once, or that used too much memory, the delay is
// restart_delay, or none. Both count for restart_limit; without it, as after an unexpected exit, the program
// never becomes FATAL. A restart for max_age is no failure: it has no delay and does not count.

import { fractionOf } from "../base/fraction.ts";
import { SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { ProcessDraft } from "./draft.ts";
import { healthMessages, messages } from "./messages.ts";
import type { ProcessInput, ProcessPhase, ProcessState, StartCause } from "./model.ts";
import { countFailure, countShortRuns, giveUp, restartDelay } from "./restart-policy.ts";
import { stopToRestart } from "./stopping.ts";
import type { Health, RestartReason, Watch } from "./watched.ts";

type Running = Extract<ProcessPhase, { kind: "RUNNING" }>;

/** Measurements in a row above max_memory that cause a restart: a short peak is no leak. */
const MAX_OVER_LIMIT = 2;

/** Kept characters of the result of a check: a command may print anything. */
const KEPT_RESULT = 200;

/** The watch of a run that becomes RUNNING; null if nothing is watched. */
export function beginWatch({
  program,
  history,
  now,
}: Pick<ProcessDraft, "program" | "history" | "now">): Watch | null {
  const { healthCheck, maxMemory, maxAge } = program;
  const { startMono } = history;
  if (healthCheck === null && maxMemory === null && maxAge === null) return null;
  return {
    health: healthCheck === null ? null : unknownHealth(program, startMono, now.mono),
    oldAt: maxAge === null ? null : startMono + lifetimeMs(program, maxAge),
    overLimit: 0,
    unmeasuredSince: null,
  };
}

/** Watches a run by another definition. */
export function watchAnew(draft: ProcessDraft, phase: Running): void {
  draft.cancelCheck();
  draft.phase = { ...phase, watch: beginWatch(draft) };
}

/** Checks that are due within so many milliseconds begin together: a wake-up costs more than a check. */
const SLOT_MS = 100;

/** The begin of the slot that contains a time. An interval consists of whole slots: a late check does not delay the next one. */
function slotOf(mono: number, intervalMs: number): number {
  const slot = intervalMs / Math.ceil(intervalMs / SLOT_MS);
  return Math.floor(mono / slot) * slot;
}

/** The first later time of a check. @param dueAt the time of one */
function dueAfter(dueAt: number, intervalMs: number, mono: number): number {
  return dueAt + (Math.floor((mono - dueAt) / intervalMs) + 1) * intervalMs;
}

/**
 * The health of a program under the next daemon. A check in progress is due at once. A journal does not have the times of all
 * checks: from a time that is long past follow those to come.
 */
export function resumedHealth(health: Health, program: ProcessConfig, mono: number): Health {
  const { nextAt, isChecking } = health;
  const intervalMs = program.healthInterval * SECOND;
  const later = dueAfter(nextAt, intervalMs, mono);
  if (isChecking) return { ...health, isChecking: false, nextAt: later - intervalMs };
  return mono - nextAt < intervalMs ? health : { ...health, nextAt: later };
}

/** Whether only the time of a health check, and whether one is in progress, differ. */
export function isSameButForCheck(before: ProcessState, after: ProcessState): boolean {
  const [was, is] = [before.phase, after.phase];
  if (
    was.kind !== "RUNNING" ||
    is.kind !== "RUNNING" ||
    before.history !== after.history ||
    before.hook !== after.hook
  ) {
    return false;
  }
  const [old, health] = [was.watch?.health, is.watch?.health];
  if (!was.watch || !is.watch || !old || !health) return false;
  const { nextAt, isChecking } = health;
  return (
    hasSame({ ...was, watch: is.watch }, is) &&
    hasSame({ ...was.watch, health }, is.watch) &&
    hasSame({ ...old, nextAt, isChecking }, health)
  );
}

function hasSame<T extends object>(left: T, right: T): boolean {
  for (const name in left) if (left[name] !== right[name]) return false;
  return true;
}

/** Spreads the first checks of programs that come up together over an interval. */
function unknownHealth(program: ProcessConfig, startMono: number, nowMono: number): Health {
  const { name, programName, healthInterval, healthStartPeriod } = program;
  const intervalMs = healthInterval * SECOND;
  const share = fractionOf(`${programName} ${name} health`);
  return {
    isHealthy: null,
    failures: 0,
    lastResult: "",
    unknownSince: null,
    wasHealthy: false,
    countsFrom: startMono + healthStartPeriod * SECOND,
    nextAt: slotOf(nowMono + intervalMs * share, intervalMs),
    isChecking: false,
  };
}

/** max_age, or up to max_age_jitter less. */
function lifetimeMs({ name, programName, maxAgeJitter }: ProcessConfig, maxAge: number): number {
  const share = fractionOf(`${programName} ${name} age`);
  return Math.ceil(maxAge * SECOND * (1 - maxAgeJitter * share));
}

/** A disabled program that reaches max_age is examined again after so many milliseconds. */
const MAX_AGE_PAUSE_MS = 60 * SECOND;

/** Handles the deadline of a watch: max_age is reached, or a check is due. */
export function watchDue(draft: ProcessDraft, phase: Running): void {
  const { program, now } = draft;
  const { watch } = phase;
  if (watch === null) return;
  if (watch.oldAt !== null && now.mono >= watch.oldAt) {
    if (!program.enabled) {
      // It may be enabled again while this run lasts.
      const oldAt = now.mono + MAX_AGE_PAUSE_MS;
      draft.phase = { ...phase, watch: { ...watch, oldAt } };
      return;
    }
    restartFor(draft, { by: "age", text: healthMessages.age(program) });
    return;
  }
  const { health } = watch;
  if (health === null || health.isChecking || now.mono < health.nextAt) return;
  const nextAt = dueAfter(health.nextAt, program.healthInterval * SECOND, now.mono);
  draft.phase = { ...phase, watch: { ...watch, health: { ...health, nextAt, isChecking: true } } };
  draft.effects.push({ kind: "check", pid: phase.pid, about: "health" });
}

/** Handles the result of a check of a RUNNING program. */
export function healthChecked(
  draft: ProcessDraft,
  { pid, ok, text, byHost = false, isPending = false }: Extract<ProcessInput, { kind: "checked" }>,
): void {
  const { program, now, phase } = draft;
  if (phase.kind !== "RUNNING" || phase.pid !== pid || phase.watch === null) return;
  const { watch } = phase;
  // The result of a cancelled check.
  if (watch.health === null || !watch.health.isChecking) return;
  const whole = byHost ? healthMessages.notChecked(text) : text;
  const lastResult = whole.length > KEPT_RESULT ? `${whole.slice(0, KEPT_RESULT - 1)}…` : whole;
  const before = watch.health;
  const update = (changes: Partial<Health>): Health => {
    const unknownSince = byHost ? (before.unknownSince ?? now.mono) : null;
    const health = { ...before, lastResult, unknownSince, isChecking: false, ...changes };
    draft.phase = { ...phase, watch: { ...watch, health } };
    return health;
  };
  if (isPending) {
    update({});
    return;
  }
  if (ok) {
    update({ isHealthy: true, wasHealthy: true, failures: 0 });
    if (before.isHealthy !== true) becameHealthy(draft, phase.pid);
    return;
  }
  if (byHost) {
    update({});
    if (lastResult === before.lastResult) return;
    draft.log("WARN", healthMessages.ofHealth(program.name, lastResult));
    return;
  }
  const counts = before.wasHealthy || now.mono >= before.countsFrom;
  const failures = counts ? before.failures + 1 : 0;
  const isUnhealthy = failures >= program.healthRetries;
  const health = update({ failures, isHealthy: isUnhealthy ? false : before.isHealthy });
  if (isUnhealthy && before.isHealthy !== false) becameUnhealthy(draft, phase.pid, health);
}

function becameHealthy(draft: ProcessDraft, pid: number): void {
  draft.log("INFO", healthMessages.healthy(draft.program.name));
  draft.notice({ about: "HEALTH", details: { pid, to: "healthy", failures: 0 }, text: "" });
}

function becameUnhealthy(draft: ProcessDraft, pid: number, { lastResult, failures }: Health): void {
  const { name, healthAction, healthRetries } = draft.program;
  const failed = healthMessages.failed(lastResult, failures, healthRetries);
  draft.log("WARN", healthMessages.unhealthy(name, failed));
  draft.notice({ about: "HEALTH", details: { pid, to: "unhealthy", failures }, text: failed });
  if (healthAction.kind === "signal") {
    const { signal } = healthAction;
    draft.log("INFO", healthMessages.signalling(name, pid, signal));
    draft.effects.push({ kind: "signal", pid, signal });
  } else if (healthAction.kind === "restart") {
    restartFor(draft, { by: "health", text: healthMessages.isUnhealthy(failed) });
  }
}

/** Handles a measurement of memory. */
export function measured(
  draft: ProcessDraft,
  { pid, bytes }: Extract<ProcessInput, { kind: "measured" }>,
): void {
  const { phase } = draft;
  const { maxMemory } = draft.program;
  if (phase.kind !== "RUNNING" || phase.pid !== pid) return;
  if (phase.watch === null || maxMemory === null) return;
  if (bytes === null) {
    const unmeasuredSince = phase.watch.unmeasuredSince ?? draft.now.mono;
    draft.phase = { ...phase, watch: { ...phase.watch, unmeasuredSince } };
    return;
  }
  const overLimit = bytes > maxMemory ? phase.watch.overLimit + 1 : 0;
  draft.phase = { ...phase, watch: { ...phase.watch, overLimit, unmeasuredSince: null } };
  if (overLimit < MAX_OVER_LIMIT) return;
  restartFor(draft, { by: "memory", text: healthMessages.memory(bytes, maxMemory) });
}

/** Least time between two starts of a process that these restarts cause, in milliseconds. */
const MIN_RESTART_INTERVAL_MS = SECOND;

/** Stops a RUNNING program, which starts again once it is down; not a disabled one, which would stay down. */
function restartFor(draft: ProcessDraft, reason: RestartReason): void {
  const { phase, program } = draft;
  if (phase.kind !== "RUNNING" || !program.enabled) return;
  const { by, text } = reason;
  draft.log(by === "age" ? "INFO" : "WARN", healthMessages.restarting(program.name, text));
  draft.notice({ about: "RESTART", details: { pid: phase.pid, reason: by }, text });
  const wasHealthy = phase.watch?.health?.wasHealthy === true;
  draft.remember({ reason, shortRuns: shortRunsAfter(draft, by, wasHealthy) });
  stopToRestart(draft, by);
}

/** Runs in a row that were no success, including the one that ends. */
function shortRunsAfter(
  { history, now }: ProcessDraft,
  by: RestartReason["by"],
  wasHealthy: boolean,
): number {
  switch (by) {
    case "health":
      return wasHealthy ? 0 : history.shortRuns + 1;
    case "memory":
      return countShortRuns(history, false, now.mono);
    case "age":
    case "watch":
      return 0;
  }
}

/**
 * Handles the exit of a program that was stopped to be started again.
 * @returns whether its start is delayed, or given up; false if it starts now
 */
export function delayRestart(draft: ProcessDraft, cause: StartCause): boolean {
  const { program, now } = draft;
  const { reason } = draft.history;
  // Another restart was requested by a user or a program, or its files have changed.
  if (reason === null || reason.by !== cause || reason.by === "watch") return false;
  const retryAt = restartTime(draft, reason);
  const counts = reason.by !== "age" && program.restartLimit !== null;
  const { failedAt, isTooMany } = counts
    ? countFailure(program, draft.history, 0, now.mono)
    : { failedAt: draft.history.failedAt, isTooMany: false };
  draft.remember({ failedAt });
  if (!isTooMany && retryAt <= now.mono) return false;
  draft.remember({ spawnErr: reason.text });
  draft.enter({ kind: "BACKOFF", retryAt }, { tries: Math.max(1, draft.history.shortRuns) });
  if (!isTooMany) return true;
  giveUp(draft);
  draft.log("INFO", messages.limitReached(program.name, program.restartLimit?.count ?? 0));
  return true;
}

/** The time of the next start, in monotonic milliseconds. */
function restartTime({ history, program, now }: ProcessDraft, { by }: RestartReason): number {
  const { shortRuns, startMono } = history;
  const isDelayed = by !== "age" && (shortRuns > 0 || program.restartDelay !== null);
  const delay = isDelayed ? restartDelay(program, Math.max(1, shortRuns), now.wall) : 0;
  return Math.max(now.mono + delay, startMono + MIN_RESTART_INTERVAL_MS);
}
