// The description column of `status` and of getProcessInfo (Supervisor, section 4.10).

import { type Instant, SECOND } from "../base/time.ts";
import { healthActionText, shownCheck } from "../config/check-target.ts";
import type { ProcessConfig } from "../config/model.ts";
import { durationText } from "../config/quantities.ts";
import { type LocalTime, MONTHS } from "../logs/calendar.ts";
import { healthMessages } from "./messages.ts";
import { type ProcessState, pidOf } from "./model.ts";
import { type Health, MEMORY_INTERVAL_MS } from "./watched.ts";

/** "0:01:02", "1 day, 0:00:05", "12 days, 3:04:05". @param ms a duration; negative counts as none */
export function formatUptime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / SECOND));
  const two = (n: number) => String(n).padStart(2, "0");
  const days = Math.floor(total / 86400);
  const clock = `${Math.floor((total % 86400) / 3600)}:${two(Math.floor((total % 3600) / 60))}:${two(total % 60)}`;
  if (days === 0) return clock;
  return `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

/** "Nov 21 08:12 AM": English month, 12-hour clock, zero-padded. */
export function formatStopTime(t: LocalTime): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const hour = t.hour % 12 === 0 ? 12 : t.hour % 12;
  return `${MONTHS[t.month - 1] ?? "???"} ${two(t.day)} ${two(hour)}:${two(t.minute)} ${t.hour < 12 ? "AM" : "PM"}`;
}

/**
 * The description of a process now.
 * @param name of the process, for the advice in it
 * @param nowMono monotonic milliseconds; uptime does not jump with the wall clock
 * @param localTime splits a wall-clock time in the host's time zone
 */
export function describe(
  name: string,
  state: ProcessState,
  nowMono: number,
  localTime: (wallMs: number) => LocalTime,
): string {
  const { phase, history } = state;
  const hook = state.hook === null ? "" : `${state.hook.name} runs`;
  switch (phase.kind) {
    case "RUNNING":
      return `pid ${phase.pid}, uptime ${formatUptime(nowMono - history.startMono)}`;
    case "WAITING":
    case "BLOCKED":
      return phase.text;
    case "BACKOFF":
    case "FATAL":
      return history.spawnErr || `unknown error (try "tail ${name}")`;
    case "STOPPED":
    case "EXITED":
      if (history.startWall === 0) return "Not started";
      // A start that never got as far as a process has no time of death; its error says more.
      if (history.stopWall === 0) return history.spawnErr || "Not started";
      return [formatStopTime(localTime(history.stopWall)), hook].filter(Boolean).join(", ");
    case "READYING":
      return phase.lastResult === "" ? "not ready yet" : `not ready yet: ${phase.lastResult}`;
    case "FAILING":
    case "SPAWNING":
      return history.spawnErr;
    case "STOPPING":
      return hook;
    case "STARTING":
    case "UNKNOWN":
      return "";
  }
}

/** The status that a program has reported last in this run (STATUS= and STOPPING=1 of sd_notify). */
export interface ReportedStatus {
  /** One printable line; empty for none. */
  readonly text: string;
  readonly isStopping: boolean;
}

/** Characters of a description, so that it fits a terminal. */
const LONGEST_DESCRIPTION = 80;

/** Appends the reported status to a description. */
export function withReportedStatus(
  plain: string,
  { phase }: ProcessState,
  { text }: ReportedStatus,
): string {
  if (text === "" || !("pid" in phase) || phase.kind === "UNKNOWN") return plain;
  if (plain === "") return shortened(text, LONGEST_DESCRIPTION);
  const room = LONGEST_DESCRIPTION - plain.length - 2;
  return room < 8 ? plain : `${plain}, ${shortened(text, room)}`;
}

/** The reported status for `tsv why`. */
export function reportedText({ text, isStopping }: ReportedStatus): string {
  if (!isStopping) return text;
  return text === "" ? "stopping" : `stopping: ${text}`;
}

export const HEALTH_STATES = ["healthy", "unhealthy", "unknown"] as const;

/** The health of a program with health_check. */
export interface HealthReport {
  /** `unknown`: it does not run, was not checked yet, or could not be checked for a while. */
  readonly state: (typeof HEALTH_STATES)[number];
  /** As the configuration has it. */
  readonly check: string;
  /** The result of the last check of this run; empty if there was none. */
  readonly lastResult: string;
  /** Failed checks in a row that count. */
  readonly failures: number;
  /** health_retries. */
  readonly retries: number;
  /** health_action as the configuration has it. */
  readonly action: string;
}

/** null without health_check. */
export function healthOf(
  config: ProcessConfig,
  { phase }: ProcessState,
  nowMono: number,
): HealthReport | null {
  if (config.healthCheck === null) return null;
  const health = phase.kind === "RUNNING" ? (phase.watch?.health ?? null) : null;
  const isUnknown = health !== null && uncheckedMs(config, health, nowMono) !== null;
  const isHealthy = isUnknown ? null : (health?.isHealthy ?? null);
  return {
    state: isHealthy === null ? "unknown" : isHealthy ? "healthy" : "unhealthy",
    check: shownCheck(config.healthCheck),
    lastResult: health?.lastResult ?? "",
    failures: health?.failures ?? 0,
    retries: config.healthRetries,
    action: healthActionText(config.healthAction),
  };
}

/** Why the daemon restarted the process; empty for another cause, and if it does not run. */
export function restartReasonOf({ phase, history }: ProcessState): string {
  const isUp = phase.kind === "RUNNING" || phase.kind === "STARTING";
  return isUp ? (history.reason?.text ?? "") : "";
}

/** Adds bad health, or the reason of the last restart, to a description. */
export function watchedDescription(
  plain: string,
  config: ProcessConfig,
  state: ProcessState,
  nowMono: number,
): string {
  const { phase, history } = state;
  if (phase.kind !== "RUNNING" || phase.watch === null) return plain;
  const { health, unmeasuredSince } = phase.watch;
  const unchecked = health === null ? null : uncheckedMs(config, health, nowMono);
  const unmeasured = nowMono - (unmeasuredSince ?? nowMono);
  if (unchecked !== null) {
    const text = (health?.lastResult ?? "").replace(NOT_CHECKED, "");
    return extended(`${plain}, not checked for ${roundedText(unchecked)}: `, text);
  }
  if (health?.isHealthy === false) {
    const { failures, lastResult } = health;
    const whole = (text: string): string =>
      healthMessages.isUnhealthy(healthMessages.failed(text, failures, config.healthRetries));
    return whole(shortened(lastResult, LONGEST_DESCRIPTION + 1 - whole("x").length));
  }
  if (unmeasured >= UNKNOWN_INTERVALS * MEMORY_INTERVAL_MS) {
    return `${plain}, memory not measured for ${roundedText(unmeasured)}`;
  }
  if (history.reason === null) return plain;
  return extended(`${plain}, restarted: `, history.reason.text);
}

/** Intervals after which it is shown that a check or a measurement could not be made. */
const UNKNOWN_INTERVALS = 3;

const NOT_CHECKED = healthMessages.notChecked("");

/** For how long it could not be checked, in milliseconds; null for less than some intervals. */
function uncheckedMs(config: ProcessConfig, health: Health, nowMono: number): number | null {
  if (health.unknownSince === null) return null;
  const ms = nowMono - health.unknownSince;
  return ms >= UNKNOWN_INTERVALS * config.healthInterval * SECOND ? ms : null;
}

function roundedText(ms: number): string {
  return durationText(Math.floor(ms / SECOND));
}

function extended(head: string, text: string): string {
  return `${head}${shortened(text, LONGEST_DESCRIPTION - head.length)}`;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(most - 1, 0))}…`;
}

/** Smaller differences of the two clocks are no change of the wall clock: they are read one after the other. */
const SET_FROM_MS = 2 * SECOND;

/**
 * The start of the process by the present wall clock, epoch milliseconds; 0 for never.
 * @remarks Clients subtract it from the present time for the uptime. If the wall clock was set since the start,
 * the monotonic clock corrects it.
 */
export function startedAt(state: ProcessState, now: Instant): number {
  const { startWall, startMono } = state.history;
  if (pidOf(state) === 0) return startWall;
  const setBy = now.wall - startWall - (now.mono - startMono);
  const isSet = Math.abs(setBy) >= SET_FROM_MS;
  // In whole seconds, so that it does not change from one call to the next.
  const start = isSet ? startWall + Math.floor(setBy / SECOND) * SECOND : startWall;
  return Math.min(start, now.wall);
}
