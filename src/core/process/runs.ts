// The history of a process, to explain its state: its last runs and how each ended, the signals that the daemon sent
// it, and what started it. Plain data of bounded size; no decision of supervision depends on it.

import type { Instant } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { messages } from "./messages.ts";
import {
  type ExitOutcome,
  type LeftProcesses,
  type ProcessInput,
  type ProcessState,
  pidOf,
  type StartCause,
  type Transition,
} from "./model.ts";
import { addedLimits, type LimitCounts, limitTexts } from "./reached-limits.ts";
import { isExpected } from "./restart-policy.ts";

/** How a run can end. */
export const RUN_ENDINGS = [
  /** Exited after it had been RUNNING. */
  "exited",
  /** Exited before startsecs were over. */
  "too-early",
  /** After a stop by the daemon. */
  "stopped",
  /** With ready_check: exited after startsecs before it was ready, or stopped because it was not ready in time. */
  "not-ready",
  /** There never was a process. */
  "not-spawned",
] as const;

export type RunEnding = (typeof RUN_ENDINGS)[number];

/** Why a run ended, as metrics count it. */
export const EXIT_REASONS = [
  /** It exited by itself, with one of its `exitcodes`, or with another status. */
  ...(["expected", "unexpected"] as const),
  /** A signal ended it, without a stop. */
  "signal",
  /** See RUN_ENDINGS. */
  ...(["too-early", "not-ready", "not-spawned", "stopped"] as const),
  /** The daemon stopped it to start it again: health_check, max_memory, max_age, watch. */
  ...(["health", "memory", "age", "watch"] as const),
] as const;

type ExitReason = (typeof EXIT_REASONS)[number];

/** One attempt to run a program, and how it ended. */
export interface EndedRun {
  /** 0 when there never was a process. */
  readonly pid: number;
  readonly cause: StartCause;
  /** Wall-clock milliseconds. */
  readonly startWall: number;
  readonly endWall: number;
  /** Of the monotonic clock, so that a jump of the wall clock does not show. */
  readonly upMs: number;
  readonly ending: RunEnding;
  /** null when there never was a process. */
  readonly outcome: ExitOutcome | null;
  /** Whether `exitcodes` lists the outcome. */
  readonly expected: boolean;
  /** Why there was no process; else empty. */
  readonly spawnErr: string;
  /** What the daemon had sent it, each signal once. */
  readonly signals: readonly number[];
  /** Why the daemon restarted the program; empty if it did not. */
  readonly reason: string;
  /** The limits of its cgroup that it has reached, a clause each. */
  readonly reached: readonly string[];
  /** What became of the processes that it left; null if it left none, or without kill_mode=tree or cgroup. */
  readonly left: LeftProcesses | null;
}

export interface RunLog {
  /** Of the last start that was tried; null for never. */
  readonly cause: StartCause | null;
  /** Signals sent to the present run, each once. */
  readonly signals: readonly number[];
  /** Oldest first. */
  readonly ended: readonly EndedRun[];
  /** How many have ended since the process was added, also those that are forgotten. */
  readonly total: number;
  /** The same by EXIT_REASONS; those that never occurred are absent. */
  readonly exits: Readonly<Record<string, number>>;
  /** Starts that were tried, by START_CAUSES. */
  readonly starts: Readonly<Record<string, number>>;
  /** The limits of its cgroup that runs which have ended had reached. */
  readonly limits: LimitCounts;
}

export const NO_RUNS: RunLog = {
  ...{ cause: null, signals: [], ended: [], total: 0, exits: {}, starts: {}, limits: {} },
};

/** Starts that were tried since the process was added. */
export function startCount({ starts }: Pick<RunLog, "starts">): number {
  return Object.values(starts).reduce((sum, count) => sum + count, 0);
}

/** How many ended runs are kept. */
export const KEPT_RUNS = 10;

/** There are 64 signals; more than these are not useful. */
const KEPT_SIGNALS = 8;

/** A text may hold a command line of any length. */
const KEPT_TEXT = 500;

/** The log after a signal to a process. The same log if nothing changed. */
export function noteRuns(
  log: RunLog,
  input: ProcessInput,
  moved: { readonly before: ProcessState; readonly after: Transition; readonly now: Instant },
  program: ProcessConfig,
): RunLog {
  const { before, after } = moved;
  const now = input.kind === "exited" ? (input.at ?? moved.now) : moved.now;
  let noted = log;
  for (const effect of after.effects) {
    const isNew = effect.kind === "spawn" && input.kind !== "spawn-again";
    if (isNew) noted = noteStart(noted, causeOf(input, before));
    if (effect.kind === "kill" || effect.kind === "signal")
      noted = noteSignal(noted, effect.signal);
  }
  if (input.kind !== "exited" && input.kind !== "spawn-failed") return noted;
  const { startWall, startMono } = before.history;
  const outcome = input.kind === "exited" ? input.outcome : null;
  const { reached = {} } = input.kind === "exited" ? input : {};
  const run: EndedRun = {
    pid: pidOf(before),
    cause: noted.cause ?? "request",
    startWall,
    endWall: now.wall,
    upMs: now.mono - startMono,
    ending: endingOf(input, before, after.state, now),
    outcome: outcome === null ? null : plainOutcome(outcome),
    expected: outcome !== null && isExpected(outcome, program.exitCodes),
    spawnErr: input.kind === "spawn-failed" ? kept(spawnErrOf(input), log) : "",
    signals: noted.signals,
    reason: reasonOf(before),
    reached: limitTexts(reached),
    left: input.kind === "exited" ? (input.left ?? null) : null,
  };
  const ended = [...noted.ended, run].slice(-KEPT_RUNS);
  const reason = exitReasonOf(run, before);
  const exits = oneMore(noted.exits, reason);
  const limits = addedLimits(noted.limits, reached);
  return { ...noted, signals: [], ended, total: noted.total + 1, exits, limits };
}

function noteStart(log: RunLog, cause: StartCause): RunLog {
  return { ...log, cause, signals: [], starts: oneMore(log.starts, cause) };
}

function oneMore(counts: Readonly<Record<string, number>>, what: string) {
  return { ...counts, [what]: (counts[what] ?? 0) + 1 };
}

function exitReasonOf(
  { ending, outcome, expected, reason }: EndedRun,
  before: ProcessState,
): ExitReason {
  if (reason !== "") return before.history.reason?.by ?? "stopped";
  if (ending !== "exited") return ending;
  if (outcome !== null && outcome.signal !== null) return "signal";
  return expected ? "expected" : "unexpected";
}

/** Notes a signal to the present run. */
export function noteSignal(log: RunLog, signal: number): RunLog {
  if (log.signals.includes(signal)) return log;
  return { ...log, signals: [...log.signals, signal].slice(-KEPT_SIGNALS) };
}

function causeOf(input: ProcessInput, { phase, history }: ProcessState): StartCause {
  if (phase.kind === "WAITING" || phase.kind === "BLOCKED") return phase.by;
  if (input.kind === "start") return input.by;
  if (phase.kind === "BACKOFF") return history.reason?.by ?? "retry";
  return phase.kind === "EXITED" ? "autorestart" : "retry";
}

/** Of the run that is being ended: the reason for the run itself stays as long as that lives. */
function reasonOf({ phase, history: { reason } }: ProcessState): string {
  const isMeant = phase.kind === "STOPPING" && reason !== null && phase.again === reason.by;
  return isMeant ? reason.text : "";
}

function spawnErrOf({ text, byHost }: Extract<ProcessInput, { kind: "spawn-failed" }>): string {
  return byHost === true ? messages.hostFailed(text) : text;
}

function endingOf(
  input: ProcessInput,
  before: ProcessState,
  after: ProcessState,
  now: Instant,
): RunEnding {
  if (input.kind === "spawn-failed") return "not-spawned";
  const { kind } = before.phase;
  if (kind === "READYING") return now.mono < before.phase.upAt ? "too-early" : "not-ready";
  if (kind === "STOPPING" || kind === "UNKNOWN") return "stopped";
  if (kind === "FAILING") return "not-ready";
  // One that ran did come up, also if its end is the last that is tried.
  return kind === "RUNNING" || after.phase.kind === "EXITED" ? "exited" : "too-early";
}

/** The report of an exit may contain more facts, such as the pid. */
export function plainOutcome({ exitCode, signal, coreDumped }: ExitOutcome): ExitOutcome {
  return { exitCode, signal, coreDumped };
}

/** The text of the last run when it is the same: a thousand programs that fail alike share theirs. */
function kept(text: string, log: RunLog): string {
  const short = text.length > KEPT_TEXT ? `${text.slice(0, KEPT_TEXT - 1)}…` : text;
  const last = log.ended.at(-1)?.spawnErr;
  return last === short ? last : short;
}
