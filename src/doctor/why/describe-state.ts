// What state a program is in, and how it came there.

import { printable } from "../../core/base/printable.ts";
import { formatUptime } from "../../core/process/describe.ts";
import { signalName } from "../../core/process/signals.ts";
import type { ProgramHistory, ProgramRun } from "../facts/program-history.ts";

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
      return `It is up, with pid ${history.pid}.${describeCrashes(history)}`;
    case "STARTING":
      return `It was just started with pid ${history.pid}; it counts as RUNNING once it has been up for ${pluralize(history.startSecs, "second")} (startsecs).`;
    case "BACKOFF":
      return `It ${describeFailedStarts(history, last)}. It is tried again.`;
    case "FATAL":
      return `It ${describeFailedStarts(history, last)}. The daemon gave up: it is not tried again.`;
    case "EXITED":
      return describeExited(history, last);
    case "STOPPING":
      return `It was asked to stop${signalList(history.signals)} and has not ended yet; after stopwaitsecs (${history.stopWaitSecs} s) it is killed with SIGKILL.`;
    case "STOPPED":
      return describeStopped(history, last);
    default:
      return `The daemon could not send ${name} a signal, and does not know what it does: ${printable(spawnError)}.`;
  }
}

function describeFailedStarts(
  { state, failures, startRetries, spawnError, startSecs }: ProgramHistory,
  last: ProgramRun | undefined,
): string {
  // The counter begins anew when the daemon gives up.
  const times = state === "FATAL" ? startRetries + 1 : failures;
  const tries = `failed to start ${times === 1 ? "once" : `${times} times in a row`}`;
  if (last === undefined || last.ending !== "not-spawned") {
    return `${tries}: it ended before it had been up for ${pluralize(startSecs, "second")} (startsecs)`;
  }
  return `${tries}: ${printable(last.spawnError || spawnError)}`;
}

function describeExited(
  { autorestart, exitCodes, nextStartMs }: ProgramHistory,
  last: ProgramRun | undefined,
): string {
  const expected = last?.expected === true;
  const word = expected ? "as expected" : "unexpectedly";
  const codes = `exitcodes=${exitCodes.join(",")}`;
  const rest =
    nextStartMs !== null
      ? "and is started again"
      : autorestart === "never"
        ? "and is not started again, because autorestart=false"
        : expected
          ? `and is not started again: ${codes} says that such an exit is meant, and autorestart=unexpected`
          : "and is not started again";
  return `It ended by itself, ${word} (${codes}), ${rest}.`;
}

function describeStopped(
  { start, autostart, runs }: ProgramHistory,
  last: ProgramRun | undefined,
): string {
  if (start === 0) {
    return autostart
      ? "It was never started."
      : "It was never started: autostart=false, so the daemon waits for somebody to start it.";
  }
  if (last?.ending === "stopped") {
    return `It was stopped on request${signalList(last.signals)}, and stays so until somebody starts it.`;
  }
  return runs.length === 0
    ? "It is stopped, and stays so until somebody starts it."
    : "It was stopped on request while it waited for its next try, and stays so until somebody starts it.";
}

function signalList(signals: readonly number[]): string {
  return signals.length === 0 ? "" : ` (by ${signals.map(signalName).join(", then ")})`;
}

/** "", or that it crashed before. */
function describeCrashes({ runs, total }: ProgramHistory): string {
  const crashed = runs.filter(
    ({ ending, expected }) =>
      ending === "too-early" || ending === "not-spawned" || (ending === "exited" && !expected),
  );
  if (crashed.length === 0) return "";
  const since = `${pluralize(total, "run")} since the daemon knows it`;
  if (runs.length === 1) return ` Its last run failed (${since}).`;
  return ` ${crashed.length === 1 ? "One" : crashed.length} of its last ${runs.length} runs failed (${since}).`;
}

/** What made the daemon start it last. */
export function describeStartCause(cause: ProgramHistory["cause"]): string {
  switch (cause) {
    case "autostart":
      return "by the daemon itself (autostart=true)";
    case "request":
      return "because somebody asked for it";
    case "retry":
      return "again, after a start that failed";
    case "autorestart":
      return "again by autorestart, after it had ended";
    case "":
      return "";
  }
}

/** When it is tried again. */
export function describeNextStart({
  nextStartMs,
  state,
  failures,
  startRetries,
}: ProgramHistory): string {
  if (nextStartMs === null)
    return state === "RUNNING" || state === "STARTING" ? "" : "not by itself";
  const seconds = `in ${formatDuration(nextStartMs)}`;
  return state === "BACKOFF" ? `${seconds} (try ${failures + 1} of ${startRetries + 1})` : seconds;
}

export function pluralize(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
