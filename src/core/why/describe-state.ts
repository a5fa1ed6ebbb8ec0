// Describes the state of a program and how it got there.

import { printable } from "../base/printable.ts";
import { formatUptime, type HealthReport } from "../process/describe.ts";
import { healthMessages } from "../process/messages.ts";
import { signalName } from "../process/signals.ts";
import { describeExit } from "./exit-status.ts";
import type { ProgramHistory, ProgramRun } from "./program-history.ts";
import { untilText } from "./restarts.ts";

/** "0.1 s", "12 s", "1:02:03". */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : formatUptime(ms);
}

/** One or two sentences. */
export function describeState(history: ProgramHistory): string {
  const { state, name, runs, spawnError } = history;
  const last = runs.at(-1);
  switch (state) {
    case "RUNNING":
      return `It is running with pid ${history.pid}.${describeSaid(history)}${describeUnhealthy(history)}${describeCrashes(history)}`;
    case "STARTING":
      if (history.waits !== "") return `It has not been started yet: it is ${history.waits}.`;
      if (history.unready !== "") {
        return `It runs with pid ${history.pid}, but it is not ready yet: ${printable(history.unready)} (ready_check).${describeSaid(history)}`;
      }
      if (history.pid === 0) {
        return "It is being started: its process is not executed yet. The daemon waits for env_command, pre_start, a file system, or its turn.";
      }
      return `It was just started with pid ${history.pid}; it becomes RUNNING after ${pluralize(history.startSecs, "second")} (startsecs).`;
    case "BACKOFF":
      if (history.waits !== "") {
        return `Its start is ${history.waits}. It starts by itself when that changes.`;
      }
      return `It ${describeFailedStarts(history, last)}. The daemon will retry.`;
    case "FATAL":
      return `It ${describeFailedStarts(history, last)}. The daemon gave up${describeRetry(history)}.`;
    case "EXITED":
      return describeExited(history, last);
    case "STOPPING":
      return `It is being stopped${signalList(history.signals)} and has not exited yet; after stopwaitsecs (${history.stopWaitSecs} s) the daemon sends SIGKILL.${describeSaid(history)}`;
    case "STOPPED":
      return describeStopped(history, last);
    default:
      return `The daemon could not send a signal to ${name}, so its state is unknown: ${printable(spawnError)}.`;
  }
}

function describeRetry(history: ProgramHistory): string {
  if (history.nextStart !== null) return ", and will try again later (fatal_retry_after)";
  return hasNextRun(history) ? ", and will start it again by its schedule" : " and will not retry";
}

function describeSaid({ said }: ProgramHistory): string {
  return said === "" ? "" : ` It says of itself: ${printable(said).replace(/[.\s]+$/, "")}.`;
}

function describeFailedStarts(
  { state, failures, startRetries, isLimited, runs, spawnError, startSecs }: ProgramHistory,
  last: ProgramRun | undefined,
): string {
  if (last?.ending === "not-ready") return `failed to start: ${printable(spawnError)}`;
  if (last?.ending === "exited") return `failed: ${describeExit(last)}`;
  if (last !== undefined && last.reason !== "") {
    return `was stopped to be started again: ${printable(last.reason)}`;
  }
  // The counter is reset when the daemon gives up.
  const given = isLimited || startRetries < 0 ? triesOf(runs) : startRetries + 1;
  const times = state === "FATAL" ? given : failures;
  const tries = `failed to start ${times === 1 ? "once" : `${times} times in a row`}`;
  if (last === undefined || last.ending !== "not-spawned") {
    return `${tries}: it exited within ${pluralize(startSecs, "second")} (startsecs)`;
  }
  return `${tries}: ${printable(last.spawnError || spawnError)}`;
}

/** The last start with all that were tried again after it. */
function triesOf(runs: readonly ProgramRun[]): number {
  const first = runs.findLastIndex(({ cause }) => cause !== "retry");
  return Math.max(1, runs.length - Math.max(first, 0));
}

function describeExited(history: ProgramHistory, last: ProgramRun | undefined): string {
  const { type, autorestart, exitCodes, nextStart, disabled, awaits } = history;
  const expected = last?.expected === true;
  if (type === "oneshot" && expected) {
    const until = hasNextRun(history) ? " until its next run" : "";
    return `It has completed (type=oneshot) and stays down${until}.`;
  }
  const word = expected ? "as expected" : "unexpectedly";
  const codes = `exitcodes=${exitCodes.join(",")}`;
  if (awaits !== "") return `It exited ${word} (${codes}) and waits for ${printable(awaits)}.`;
  const rest =
    nextStart !== null
      ? "and will be restarted"
      : disabled !== ""
        ? `and will not be restarted: it is disabled ${printable(disabled)}`
        : autorestart === "never"
          ? "and will not be restarted, because autorestart=false"
          : expected
            ? `and will not be restarted: ${codes} includes this status, and autorestart=unexpected`
            : "and will not be restarted";
  return `It exited ${word} (${codes}) ${rest}.`;
}

function describeStopped(history: ProgramHistory, last: ProgramRun | undefined): string {
  const { start, autostart, runs, disabled, awaits } = history;
  if (disabled !== "") return describeDisabled(history);
  if (start === 0) {
    if (hasNextRun(history)) return "It has not been started yet; its schedule starts it.";
    if (awaits !== "") return `It has not been started yet: it waits for ${printable(awaits)}.`;
    return autostart
      ? "It was never started."
      : "It was never started: autostart=false, so it has to be started manually.";
  }
  if (last?.ending === "stopped") {
    return `It was stopped on request${signalList(last.signals)} and stays stopped until it is started manually.`;
  }
  return runs.length === 0
    ? "It is stopped and stays stopped until it is started manually."
    : "It was stopped on request while it waited for a retry, and stays stopped until it is started manually.";
}

/** "It is disabled by an operator since 2026-11-26T19:30:12Z: only a request starts it." */
function describeDisabled({ disabled }: ProgramHistory): string {
  return `It is disabled ${printable(disabled)}: only a request starts it.`;
}

function signalList(signals: readonly number[]): string {
  return signals.length === 0 ? "" : ` (by ${signals.map(signalName).join(", then ")})`;
}

/** A note about earlier crashes, or "". */
function describeCrashes({ runs, total }: ProgramHistory): string {
  const crashed = runs.filter(
    ({ ending, expected }) =>
      ending === "too-early" ||
      ending === "not-ready" ||
      ending === "not-spawned" ||
      (ending === "exited" && !expected),
  );
  if (crashed.length === 0) return "";
  const since = `${pluralize(total, "run")} since it was added to the daemon`;
  if (runs.length === 1) return ` Its last run failed (${since}).`;
  return ` ${crashed.length === 1 ? "One" : crashed.length} of its last ${runs.length} runs failed (${since}).`;
}

/** "4 processes by tsv scale, where its file has 2"; empty if it was not scaled. */
export function describeScale({ scaled }: Pick<ProgramHistory, "scaled">): string {
  if (scaled === null) return "";
  const processes = scaled.to === 1 ? "1 process" : `${scaled.to} processes`;
  return `${processes} by tsv scale, where its file has ${scaled.filed}`;
}

/** Why the daemon last started it. */
export function describeStartCause(cause: ProgramHistory["cause"]): string {
  return START_CAUSES[cause];
}

const START_CAUSES: Readonly<Record<ProgramHistory["cause"], string>> = {
  autostart: "automatically (autostart=true)",
  request: "on request",
  retry: "retried after a failed start",
  autorestart: "restarted automatically after it exited (autorestart)",
  dependency: "because a program that needs it was started (depends_on)",
  apply: "because its configuration was changed",
  restart: "restarted on request",
  "restart-with": "because a program that it needs was started again (restart_with)",
  schedule: "by its schedule",
  connect: "by a connection to its socket (start_on=connect)",
  health: "restarted because it failed its health check (health_check)",
  memory: "restarted because it used too much memory (max_memory)",
  age: "restarted because it had run long enough (max_age)",
  watch: "restarted because its files changed (watch)",
  "": "",
};

/** When it will be started next. @param timeText formats seconds since 1970 in the host's time zone */
export function describeNextStart(
  history: ProgramHistory,
  timeText: (seconds: number) => string,
): string {
  const { nextStart, state, failures, startRetries, isLimited, waits, awaits, blockedBy } = history;
  if (blockedBy !== "") return `when ${blockedBy} comes up`;
  if (waits !== "") return "";
  if (awaits !== "") return "with the next connection (start_on=connect)";
  const scheduled = describeNextRun(history, timeText);
  if (nextStart === null && scheduled !== "") return scheduled;
  if (nextStart === null)
    return state === "RUNNING" || state === "STARTING" ? "" : "none; start it manually";
  const seconds = `in ${formatDuration(nextStart)}`;
  // A wait after a run that the daemon ended by itself is no try of a start.
  if (state !== "BACKOFF" || (history.runs.at(-1)?.reason ?? "") !== "") return seconds;
  const isEndless = isLimited || startRetries < 0;
  const of = isEndless ? "" : ` of ${startRetries + 1}`;
  return `${seconds} (attempt ${failures + 1}${of})`;
}

export function pluralize(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** A sentence about a running program that is unhealthy, with a space before it, or "". */
function describeUnhealthy({ health }: ProgramHistory): string {
  if (health?.state !== "unhealthy") return "";
  return ` It is unhealthy: ${printable(describeCheck(health))} (health_check). ${describeAction(health)}`;
}

function describeAction({ action }: HealthReport): string {
  if (action === "report") return "It is not restarted, because health_action=report.";
  if (action.startsWith("signal:")) return `It was sent a signal (health_action=${action}).`;
  return "It is being restarted.";
}

/** The health of a running program; empty without health_check. */
export function healthLines({ health, state }: ProgramHistory): readonly string[] {
  if (health === null || state !== "RUNNING") return [];
  return [`${health.state}: ${printable(health.check)}: ${printable(describeCheck(health))}`];
}

/** The last result of the check. */
function describeCheck({ lastResult, failures, retries }: HealthReport): string {
  if (failures > 0) return healthMessages.failed(lastResult, failures, retries);
  return lastResult === "" ? "no answer yet" : lastResult;
}

/** Whether its schedule will start it. */
export function hasNextRun({ schedule, nextRun }: ProgramHistory): boolean {
  return schedule !== "" && nextRun > 0;
}

/**
 * When its schedule starts it; empty for a program without a schedule by the clock.
 * @param timeText formats seconds since 1970 in the host's time zone
 */
function describeNextRun(history: ProgramHistory, timeText: (seconds: number) => string): string {
  const { schedule, nextRun, isSuspended, isQueued, now } = history;
  if (schedule === "" || schedule === "@reboot") return "";
  if (isSuspended) {
    return `none: its schedule (${schedule}) is suspended, because it was stopped; start it manually to resume it`;
  }
  if (nextRun === 0) return `none: its schedule (${schedule}) is never due`;
  const queued = isQueued ? "as soon as this run is over (overlap=queue), then " : "";
  return `${queued}${timeText(nextRun)} (${untilText((nextRun - now) * 1000)}), by its schedule ${schedule}`;
}
