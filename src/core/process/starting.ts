// Starts a process: waits for its dependencies, spawns it, waits until it is ready and startsecs are over.

import { invariant } from "../base/result.ts";
import { SECOND } from "../base/time.ts";
import { shownCheck } from "../config/check-target.ts";
import type { ProcessConfig } from "../config/model.ts";
import { durationText } from "../config/quantities.ts";
import type { ProcessDraft } from "./draft.ts";
import { beginWatch } from "./health.ts";
import { messages } from "./messages.ts";
import type { Gate, ProcessInput, ProcessPhase, StartCause } from "./model.ts";
import { backOff, triesOf } from "./restart-policy.ts";
import { startLimitMs } from "./spawn-errors.ts";

/** Starts a process that is down, or makes it wait for its dependencies. */
export function start(draft: ProcessDraft, by: StartCause, gate: Gate): void {
  switch (draft.phase.kind) {
    case "SPAWNING":
    case "STARTING":
    case "READYING":
    case "FAILING":
    case "RUNNING":
    case "STOPPING":
    case "UNKNOWN":
      draft.log("WARN", messages.alreadyRunning(draft.program.name));
      return;
    case "STOPPED":
    case "EXITED":
    case "FATAL":
    case "BACKOFF":
    case "WAITING":
    case "BLOCKED":
      if (gate.kind === "open") begin(draft, by);
      else waitForDependencies(draft, gate, by);
  }
}

function begin(draft: ProcessDraft, by: StartCause): void {
  const { now, history } = draft;
  const reason = history.reason?.by === by ? history.reason : null;
  const started = { startWall: now.wall, startMono: now.mono };
  draft.remember({ ...started, spawnErr: "", exitStatus: null, reason });
  draft.enter(spawning(draft), { tries: triesOf(draft) });
  draft.effects.push({ kind: "spawn" });
}

/** Enters WAITING or BLOCKED. @param by null: updates a start that waits already */
export function waitForDependencies(
  draft: ProcessDraft,
  gate: Gate,
  by: StartCause | null = null,
): void {
  const { phase } = draft;
  const cause = phase.kind === "WAITING" || phase.kind === "BLOCKED" ? phase.by : by;
  if (cause === null || gate.kind === "open") return;
  const { text } = gate;
  const isBlocked = gate.kind === "blocked";
  const next: ProcessPhase = isBlocked
    ? { kind: "BLOCKED", by: cause, text, on: gate.on }
    : { kind: "WAITING", by: cause, text };
  draft.remember({ spawnErr: isBlocked ? text : "" });
  if (phase.kind === next.kind) {
    draft.phase = next;
    return;
  }
  draft.enter(next, { tries: triesOf(draft) });
  draft.log(isBlocked ? "WARN" : "INFO", messages.waits(draft.program.name, text));
}

/** Repeats a start in progress that the spawner has forgotten. */
export function spawnAgain(draft: ProcessDraft): void {
  if (draft.phase.kind !== "SPAWNING") return;
  draft.phase = spawning(draft);
  draft.effects.push({ kind: "spawn" });
}

/** Begins the limit of a start in progress anew, and says once that it waits. */
export function spawnWaits(draft: ProcessDraft): void {
  if (draft.phase.kind !== "SPAWNING") return;
  draft.phase = spawning(draft);
  if (draft.history.spawnErr === messages.waitsForStarts) return;
  draft.remember({ spawnErr: messages.waitsForStarts });
  draft.log("INFO", messages.waits(draft.program.name, messages.waitsForStarts));
}

function spawning({ program, now }: ProcessDraft): ProcessPhase {
  return { kind: "SPAWNING", giveUpAt: now.mono + startLimitMs(program) };
}

/** Handles a successful spawn. With ready_check, the first check begins. */
export function spawned(draft: ProcessDraft, pid: number): void {
  const { program, now } = draft;
  expectSpawning(draft.phase);
  const runningAt = now.mono + startSecsOf(program) * SECOND;
  draft.phase = { kind: "STARTING", pid, runningAt };
  draft.remember({ hostFailures: 0, spawnErr: "" });
  // The time of pre_start is not that of the run.
  if (program.preStart !== null) draft.remember({ startWall: now.wall, startMono: now.mono });
  draft.log("INFO", messages.spawned(program.name, pid));
  if (program.readyCheck !== null) {
    const giveUpAt = now.mono + program.readyTimeout * SECOND;
    const kind = "READYING";
    draft.phase = { kind, pid, upAt: runningAt, giveUpAt, checkAt: null, lastResult: "" };
    draft.effects.push({ kind: "check", pid, about: "ready" });
  } else if (runningAt <= now.mono) run(draft, pid);
  draft.effects.push({ kind: "executes" });
}

export function spawnFailed(
  draft: ProcessDraft,
  { text, byHost = false }: Extract<ProcessInput, { kind: "spawn-failed" }>,
): void {
  expectSpawning(draft.phase);
  if (byHost) {
    hostFailed(draft, text);
    return;
  }
  draft.remember({ spawnErr: text, hostFailures: 0 });
  draft.log("INFO", messages.spawnErr(text));
  backOff(draft);
}

/** The longest delay after a failure of the host, in seconds. */
const MAX_HOST_DELAY_SECS = 60;

/** Retries a start that failed because of the host, after 1, 2, 4 … seconds, without end. */
function hostFailed(draft: ProcessDraft, text: string): void {
  const hostFailures = draft.history.hostFailures + 1;
  const seconds = Math.min(2 ** (hostFailures - 1), MAX_HOST_DELAY_SECS);
  const retryAt = draft.now.mono + seconds * SECOND;
  draft.remember({ hostFailures, spawnErr: messages.hostFailed(text), reason: null });
  draft.log("INFO", messages.spawnErr(`${messages.hostFailed(text)}, next in ${seconds} s`));
  draft.enter({ kind: "BACKOFF", retryAt }, { tries: triesOf(draft) });
}

function expectSpawning({ kind }: ProcessPhase): void {
  invariant(kind === "SPAWNING", `the outcome of a spawn arrived for a process in phase ${kind}`);
}

/** startsecs; 0 for a oneshot program, which may be done sooner. */
function startSecsOf({ type, startSecs }: ProcessConfig): number {
  return type === "oneshot" ? 0 : startSecs;
}

/** Enters RUNNING. */
export function run(draft: ProcessDraft, pid: number): void {
  const { program } = draft;
  // A oneshot program has not succeeded before it exits.
  if (program.type !== "oneshot") draft.remember({ backoff: 0 });
  draft.enter({ kind: "RUNNING", pid, watch: beginWatch(draft) }, { pid });
  draft.log("INFO", messages.success(program.name, startSecsOf(program)));
}

// Readiness: a program with ready_check is checked every ready_interval until it is ready, or until
// ready_timeout is over.

/** Limit for one check of ready_check, in milliseconds. */
export const READY_CHECK_LIMIT_MS = 5000;

type Readying = Extract<ProcessPhase, { kind: "READYING" }>;

/** Handles the result of a check of a program that is not ready yet. */
export function readyChecked(
  draft: ProcessDraft,
  { pid, ok, text, byHost = false }: Extract<ProcessInput, { kind: "checked" }>,
): void {
  const { program, now, phase } = draft;
  // The result of a cancelled check, or of an earlier run.
  if (phase.kind !== "READYING" || phase.pid !== pid || phase.checkAt !== null) return;
  if (ok) {
    ready(draft, phase);
    return;
  }
  const checkAt = now.mono + program.readyInterval * SECOND;
  // After a failure of the host, the program gets the time for one more check.
  const untilChecked = byHost ? checkAt + 2 * READY_CHECK_LIMIT_MS : 0;
  const giveUpAt = Math.max(phase.giveUpAt, untilChecked);
  draft.phase = { ...phase, checkAt, giveUpAt, lastResult: text };
}

/** Checks by another definition whether a program is ready. */
export function checkAnew(draft: ProcessDraft): void {
  const { phase, program, now } = draft;
  if (phase.kind !== "READYING") return;
  draft.cancelCheck();
  if (program.readyCheck === null) ready(draft, phase);
  else draft.phase = { ...phase, checkAt: now.mono };
}

/** Enters RUNNING, or STARTING until startsecs are over. */
function ready(draft: ProcessDraft, { pid, upAt }: Readying): void {
  draft.log("INFO", messages.ready(draft.program.name));
  draft.notice({ about: "READY", details: { pid }, text: "" });
  draft.phase = { kind: "STARTING", pid, runningAt: upAt };
  if (upAt <= draft.now.mono) run(draft, pid);
}

/** Begins the next check. @returns whether ready_timeout is over instead */
export function readyingDeadline(draft: ProcessDraft, phase: Readying): boolean {
  if (draft.now.mono >= phase.giveUpAt) return true;
  draft.phase = { ...phase, checkAt: null };
  draft.effects.push({ kind: "check", pid: phase.pid, about: "ready" });
  return false;
}

/** The error of a start that did not become ready in time. */
export function notReadyText(program: ProcessConfig, { lastResult }: Readying): string {
  const missing = lastResult === "" ? missingOf(program) : lastResult;
  return messages.notReady(targetOf(program), durationText(program.readyTimeout), missing);
}

/** "tcp://127.0.0.1:5432: connection refused" */
export function unreadyText(program: Pick<ProcessConfig, "readyCheck">, result: string): string {
  if (result !== "") return `${targetOf(program)}: ${result}`;
  return `${targetOf(program)}: ${missingOf(program) || "no answer"} yet`;
}

/** The notification that a program has not sent; empty for other checks. */
function missingOf({ readyCheck }: Pick<ProcessConfig, "readyCheck">): string {
  switch (readyCheck?.kind) {
    case "log":
      return "no such line";
    case "notify":
      return "no READY=1";
    case "fd":
      return "no line";
    default:
      return "";
  }
}

function targetOf({ readyCheck }: Pick<ProcessConfig, "readyCheck">): string {
  return readyCheck === null ? "" : shownCheck(readyCheck);
}
