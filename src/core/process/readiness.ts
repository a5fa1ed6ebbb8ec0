// A program with ready_check, from its execution until it answers: it is asked, after each failure again after ready_interval, and
// when ready_timeout is over its start has failed.

import { type Instant, SECOND } from "../base/time.ts";
import { shownCheck } from "../config/check-target.ts";
import type { ProcessConfig } from "../config/model.ts";
import { durationText } from "../config/quantities.ts";
import { messages } from "./messages.ts";
import type { ProcessInput, ProcessPhase } from "./model.ts";
import type { Step } from "./step.ts";

/** A check of ready_check that takes longer has failed, in milliseconds. */
export const READY_CHECK_LIMIT_MS = 5000;

type Readying = Extract<ProcessPhase, { kind: "READYING" }>;

/** It executes: the first check begins. @param upAt when startsecs are over */
export function beginReadying(
  step: Step,
  pid: number,
  upAt: number,
  program: ProcessConfig,
  now: Instant,
): void {
  const giveUpAt = now.mono + program.readyTimeout * SECOND;
  step.phase = { kind: "READYING", pid, upAt, giveUpAt, checkAt: null, said: "" };
  step.effects.push({ kind: "check", pid, about: "ready" });
}

/** @returns whether the program is ready now */
export function checked(
  step: Step,
  { pid, ok, text, byHost = false }: Extract<ProcessInput, { kind: "checked" }>,
  program: ProcessConfig,
  now: Instant,
): boolean {
  const { phase } = step;
  // An answer for an earlier run, or one that was cancelled.
  if (phase.kind !== "READYING" || phase.pid !== pid || phase.checkAt !== null) return false;
  if (ok) return true;
  const checkAt = now.mono + program.readyInterval * SECOND;
  // The program was not asked: its time is not over before one more check has ended.
  const untilAsked = byHost ? checkAt + 2 * READY_CHECK_LIMIT_MS : 0;
  const giveUpAt = Math.max(phase.giveUpAt, untilAsked);
  step.phase = { ...phase, checkAt, giveUpAt, said: text };
  return false;
}

/** A check is due, or the time is over. @returns whether the start has failed */
export function readyingDeadline(step: Step, phase: Readying, now: Instant): boolean {
  if (now.mono >= phase.giveUpAt) return true;
  step.phase = { ...phase, checkAt: null };
  step.effects.push({ kind: "check", pid: phase.pid, about: "ready" });
  return false;
}

/**
 * A program can make its time so many times longer: a start in all, and a stop by each request, so that one that hangs is killed
 * in the end.
 */
const MOST_EXTENSION = 10;

/** The program asks for time: for its start while it is not ready, or for its end. */
export function extend(
  step: Step,
  { pid, ms, killBy = null }: Extract<ProcessInput, { kind: "extend" }>,
  { readyTimeout, stopWaitSecs }: ProcessConfig,
  now: Instant,
): void {
  const { phase } = step;
  if (!("pid" in phase) || phase.pid !== pid) return;
  const until = now.mono + ms;
  if (phase.kind === "READYING") {
    const most = step.history.startMono + MOST_EXTENSION * readyTimeout * SECOND;
    step.phase = { ...phase, giveUpAt: Math.max(phase.giveUpAt, Math.min(until, most)) };
  } else if (phase.kind === "STOPPING" || phase.kind === "FAILING") {
    const own = now.mono + MOST_EXTENSION * stopWaitSecs * SECOND;
    const most = Math.min(own, killBy ?? own);
    step.phase = { ...phase, killAt: Math.max(phase.killAt, Math.min(until, most)) };
  }
}

/** The check that is under way, of readiness or of health, is not waited for any more. */
export function endChecks(step: Step): void {
  const { phase } = step;
  const isChecking =
    (phase.kind === "READYING" && phase.checkAt === null) ||
    (phase.kind === "RUNNING" && phase.watch?.health?.isChecking === true);
  if (isChecking) step.effects.push({ kind: "cancel-check" });
}

/** Why a start has failed that never became ready. */
export function notReady(program: ProcessConfig, { said }: Readying): string {
  const missing = said === "" ? missingOf(program) : said;
  return messages.notReady(targetOf(program), durationText(program.readyTimeout), missing);
}

/** "tcp://127.0.0.1:5432: connection refused" */
export function unreadyText(program: Pick<ProcessConfig, "readyCheck">, said: string): string {
  if (said !== "") return `${targetOf(program)}: ${said}`;
  return `${targetOf(program)}: ${missingOf(program) || "no answer"} yet`;
}

/** What has not come from a program that is not asked, but says itself that it is ready; empty for others. */
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
