// What the history of a program says in words: for `tsv why`, the page of the program, and tsv.getProcessExplanation.

import { printable } from "../base/printable.ts";
import type { ProcessConfig } from "../config/model.ts";
import { durationText } from "../config/quantities.ts";
import { signalName } from "../process/signals.ts";
import {
  describeNextStart,
  describeScale,
  describeStartCause,
  describeState,
  formatDuration,
  healthLines,
  pluralize,
} from "./describe-state.ts";
import { describeRun } from "./exit-status.ts";
import type { ProgramHistory, ProgramRun } from "./program-history.ts";

/** @param timeText formats seconds since 1970 */
export function explained(history: ProgramHistory, timeText: (seconds: number) => string) {
  const { cause, restartReason, total, runs } = history;
  const older = total - runs.length;
  const isAre = older === 1 ? "is" : "are";
  return {
    /** One or two sentences. */
    summary: describeState(history),
    /** Why it was last started; empty for unknown. */
    startCause: [describeStartCause(cause), printable(restartReason)]
      .filter((text) => text !== "")
      .join(": "),
    /** When it will be started; empty where that does not matter. */
    nextStart: describeNextStart(history, timeText),
    health: healthLines(history),
    scaled: describeScale(history),
    exits: exitsOf(runs),
    /** Runs that are not among the exits; empty for none. */
    older: older > 0 ? `${pluralize(older, "older run")} ${isAre} not recorded` : "",
  };
}

/** Newest first; equal consecutive exits are one. */
function exitsOf(runs: readonly ProgramRun[]) {
  const exits: {
    readonly key: string;
    readonly end: number;
    readonly text: string;
    times: number;
  }[] = [];
  for (const run of [...runs].reverse()) {
    const limits = run.reached.map((text) => `; ${printable(text)}`).join("");
    const key = `${describeRun(run)}${sentTo(run)}${limits}`;
    const last = exits.at(-1);
    if (last?.key === key) last.times += 1;
    else exits.push({ key, end: run.end, text: `${describeUptime(run)}${key}`, times: 1 });
  }
  return exits.map(({ end, text, times }) => ({
    /** Of the newest, seconds since 1970. */
    end,
    /** Of the newest: how long it ran, how it ended, and what the daemon had sent to it. */
    text,
    times,
  }));
}

function describeUptime({ ending, upMs }: ProgramRun): string {
  return ending === "not-spawned" ? "" : `after ${formatDuration(upMs)}: `;
}

function sentTo(run: ProgramRun): string {
  const { signals, ending, reason } = run;
  const left = leftText(run);
  const why = reason === "" ? left : `, because ${printable(reason)}${left}`;
  if (signals.length === 0) return ending === "stopped" ? `, after a stop${why}` : left;
  return `, after the daemon sent ${signals.map(signalName).join(" and ")}${why}`;
}

/** What became of the processes that it left; empty for none. */
function leftText({ leftEnded, leftRunning }: ProgramRun): string {
  const count = (n: number): string => `${n} ${n === 1 ? "process" : "processes"}`;
  const ended = leftEnded === 0 ? "" : `, ${count(leftEnded)} that it left ended`;
  return leftRunning === 0 ? ended : `${ended}, ${count(leftRunning)} that it left still running`;
}

/** The limit that a program has reached. @param config null where it is not known */
export function limitNotes(
  history: ProgramHistory | null,
  config: Pick<ProcessConfig, "restartLimit"> | null,
): readonly string[] {
  const limit = config?.restartLimit ?? null;
  if (history?.state !== "FATAL" || !history.isLimited || limit === null) return [];
  return [`restart_limit=${limit.count}/${durationText(limit.seconds)} was reached`];
}
