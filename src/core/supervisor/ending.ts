// Whether the end of a program ends the daemon (exit_on=, essential=), and the exit status. Stops on request,
// restarts by the daemon, and failures of the host end nothing.
//
//   fatal   a program is FATAL without a retry
//   exit    the same, or a program has exited without a restart
//   any     the same, or a run has ended that will be restarted
//   all     nothing runs, and nothing will start without a request
//
// essential=true is `exit` for one program. Completed oneshot programs, scheduled runs, programs that await a connection and event listeners do
// not count.

import type { ExitRule } from "../config/value-types.ts";
import { messages } from "../process/messages.ts";
import type { ProcessInput, ProcessState } from "../process/model.ts";
import { isExpected } from "../process/restart-policy.ts";
import type { EndedRun } from "../process/runs.ts";
import { awaitsConnection } from "./connections.ts";
import type { Draft } from "./draft.ts";
import { isStartWanted, type ProcessRecord } from "./model.ts";

/** How a run ended: `done`, a completed oneshot program; `again`, with a restart; `blocked`, without one because a dependency is down. */
type Fate = "fatal" | "over" | "done" | "again" | "blocked";

/** The program could not be executed, as of a shell. */
const NOT_EXECUTED = 127;
/** Added to the number of a signal, as shells do. */
const BY_SIGNAL = 128;
/** The daemon stopped the last run, or a FATAL program exited with 0. */
const FAILED = 1;

/** Notes a change of a process that may end the daemon. @param before its state until now */
export function noteEnding(
  draft: Draft,
  record: ProcessRecord,
  before: ProcessState,
  input: ProcessInput,
): void {
  if (draft.ending !== null || draft.daemonState !== "RUNNING") return;
  const { exitOn } = draft.rules;
  const { essential } = record.config;
  if (exitOn === "never" && !essential) return;
  const fate = fateOf(record, before, input);
  if (fate === null) return;
  const isEssential = essential && (fate === "fatal" || fate === "over");
  if (isEssential || endsBy(draft, exitOn, record, fate)) {
    end(draft, record, isEssential ? "essential=true" : `exit_on=${exitOn}`, statusOf(record));
  } else if (exitOn === "all" && fate !== "again" && counts(draft, record)) {
    draft.lastOver = record.key;
  }
}

/** Applies exit_on=all at the end of a step, when its consequences are known. */
export function noteAllOver(draft: Draft): void {
  const record = draft.lastOver === null ? null : draft.processes.get(draft.lastOver);
  if (record === null || draft.ending !== null || draft.daemonState !== "RUNNING") return;
  if (!isAllOver(draft)) return;
  const statuses = statusesOfEnded(draft);
  // Without one, everything was stopped on request.
  if (statuses.length > 0) end(draft, record, "exit_on=all", Math.max(...statuses));
}

function end(draft: Draft, { key, config }: ProcessRecord, rule: string, status: number): void {
  draft.ending = { key, status };
  draft.log("WARN", messages.endsDaemon(config.name, rule, status));
}

function endsBy(draft: Draft, exitOn: ExitRule, record: ProcessRecord, fate: Fate): boolean {
  if (!counts(draft, record)) return false;
  const isOfSchedule = isStartedAgain(draft, record);
  switch (exitOn) {
    case "never":
    case "all":
      return false;
    case "fatal":
      return fate === "fatal" && !isOfSchedule;
    case "exit":
      return (fate === "fatal" || fate === "over") && !isOfSchedule;
    case "any":
      return fate !== "done" && fate !== "blocked" && !isOfSchedule;
  }
}

function counts(draft: Draft, { group }: ProcessRecord): boolean {
  return draft.groups.get(group)?.config.kind !== "eventlistener";
}

/** By its schedule, or by a connection. */
function isStartedAgain(draft: Draft, record: ProcessRecord): boolean {
  if (record.config.startOn !== null) return awaitsConnection(draft, record);
  return draft.schedules.get(record.key)?.isSuspended === false;
}

/** null if it has not ended, or not by itself. */
function fateOf(
  { config, state }: ProcessRecord,
  before: ProcessState,
  input: ProcessInput,
): Fate | null {
  const { phase } = state;
  switch (phase.kind) {
    case "FATAL":
      if (before.phase.kind === "FATAL") return null;
      return phase.retryAt === null ? "fatal" : "again";
    case "EXITED": {
      if (input.kind !== "exited") return null;
      if (phase.restartAt !== null) return "again";
      const isDone = config.type === "oneshot" && isExpected(input.outcome, config.exitCodes);
      return isDone ? "done" : "over";
    }
    case "BACKOFF":
      return endsByItself(before, input) ? "again" : null;
    case "BLOCKED":
      return isBlockedByItself(before, input) ? "blocked" : null;
    default:
      return null;
  }
}

/** A blocked start on request ends nothing, like a stop. */
function isBlockedByItself({ phase }: ProcessState, input: ProcessInput): boolean {
  if (phase.kind === "BLOCKED") return false;
  return input.kind !== "start" || input.by !== "request" || phase.kind === "WAITING";
}

function endsByItself({ phase }: ProcessState, input: ProcessInput): boolean {
  if (input.kind === "spawn-failed") return input.byHost !== true;
  return input.kind === "exited" && phase.kind !== "STOPPING" && phase.kind !== "FAILING";
}

function isAllOver(draft: Draft): boolean {
  for (const record of draft.allProcesses()) {
    if (counts(draft, record) && !isOver(draft, record)) return false;
  }
  return true;
}

function isOver(draft: Draft, record: ProcessRecord): boolean {
  const { phase } = record.state;
  if (isStartWanted(draft, record.key) || isStartedAgain(draft, record)) return false;
  switch (phase.kind) {
    case "EXITED":
      return phase.restartAt === null;
    case "FATAL":
      return phase.retryAt === null;
    case "STOPPED":
    // Its dependencies are over too.
    case "BLOCKED":
      return true;
    default:
      return false;
  }
}

function statusesOfEnded(draft: Draft): readonly number[] {
  const hasEnded = ({ state }: ProcessRecord): boolean =>
    state.phase.kind === "EXITED" || state.phase.kind === "FATAL";
  const ended = [...draft.allProcesses()].filter((one) => hasEnded(one) && counts(draft, one));
  return ended.map(statusOf);
}

/** The exit status as a shell shows it; not 0 for a FATAL program. */
function statusOf({ state, runs }: ProcessRecord): number {
  const status = statusOfRun(runs.ended.at(-1));
  return status === 0 && state.phase.kind === "FATAL" ? FAILED : status;
}

function statusOfRun(run: EndedRun | undefined): number {
  if (run === undefined) return FAILED;
  const { outcome, ending, signals } = run;
  if (outcome === null) return NOT_EXECUTED;
  const isStopped = ending === "stopped" || (ending === "not-ready" && signals.length > 0);
  if (isStopped) return FAILED;
  return outcome.signal === null ? (outcome.exitCode ?? FAILED) : BY_SIGNAL + outcome.signal;
}
