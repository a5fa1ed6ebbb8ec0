// Stopping everything, wave by wave (Supervisor, section 4.8, "shutdown / reload"). Decides only; see step.ts.

import type { ProcessKey } from "../base/ids.ts";
import { type Instant, SECOND } from "../base/time.ts";
import { dependenciesOf, dependencyNames } from "../config/dependencies.ts";
import type { ProcessConfig } from "../config/model.ts";
import { messages } from "../process/messages.ts";
import { isDown, pidOf } from "../process/model.ts";
import type { Draft, Drive } from "./draft.ts";
import type { EndRules, StopPlan, SupervisorState } from "./model.ts";
import { stopRanks, stopWaves } from "./order.ts";
import { dropStarts } from "./starts.ts";

const REPORT_INTERVAL_MS = 3 * SECOND;

/** Begins to stop everything. Driving a process may end a wave. A second request only changes what happens afterwards. */
export function beginStopping(
  draft: Draft,
  state: SupervisorState,
  daemonState: "SHUTDOWN" | "RESTARTING",
  now: Instant,
  drive: Drive,
): void {
  const plan = draft.stopPlan;
  const end = daemonState === "SHUTDOWN" ? endOf(draft.rules, now) : NO_END;
  if (plan !== null) {
    // A shutdown outranks a restart that is under way, never the other way round.
    if (daemonState === "RESTARTING" || draft.daemonState === "SHUTDOWN") return;
    draft.daemonState = daemonState;
    if (end.endAt !== null) startWave(draft, { ...plan, ...end }, now, drive);
    return;
  }
  draft.daemonState = daemonState;
  dropStarts(draft, state);
  for (const key of [...state.held.keys(), ...(draft.held.changes?.keys() ?? [])]) {
    draft.held.set(key, null);
  }
  draft.effects.push({ kind: "stopping" });
  const waves = stopWaves(state);
  const first = { waves, wave: 0, remaining: 0, reportAt: now.mono, killBy: null, leaveBy: null };
  startWave(draft, { ...first, ...end }, now, drive);
}

/** Shuts down and waits for nothing: what is up is sent its stop signal and then SIGKILL at once, in no order. */
export function killEverything(
  draft: Draft,
  state: SupervisorState,
  now: Instant,
  drive: Drive,
): void {
  if (draft.stopPlan === null) beginStopping(draft, state, "SHUTDOWN", now, drive);
  draft.daemonState = "SHUTDOWN";
  const plan = draft.stopPlan;
  if (plan === null || plan.wave >= plan.waves.length) return;
  const all = new Set(plan.waves.slice(plan.wave).flatMap((wave) => [...wave]));
  const leaveAt = plan.leaveAt ?? endOf(draft.rules, now).leaveAt;
  startWave(draft, { ...plan, waves: [all], wave: 0, endAt: now.mono, leaveAt }, now, drive);
}

/** So long before the end of shutdown_grace everything that remains is killed, so that the daemon ends in time. */
const RESERVE_MS = SECOND;
/** Of a short grace, this part of it. */
const RESERVE_SHARE = 0.1;

/** What SIGKILL has not ended after this part of that time is left behind; the rest is for the daemon's own end. */
const LEAVE_SHARE = 0.5;

type End = Pick<StopPlan, "endAt" | "leaveAt">;

const NO_END: End = { endAt: null, leaveAt: null };

function endOf({ shutdownGrace }: EndRules, now: Instant): End {
  if (shutdownGrace === null) return NO_END;
  const grace = shutdownGrace * SECOND;
  const reserve = Math.min(RESERVE_MS, grace * RESERVE_SHARE);
  const endAt = now.mono + grace - reserve;
  return { endAt, leaveAt: endAt + reserve * LEAVE_SHARE };
}

/** Each wave has an equal share of the time that is left; what one does not use is for those after it. */
function killByOf(draft: Draft, { waves, wave, endAt }: StopPlan, now: Instant): number | null {
  if (endAt === null) return null;
  const left = waves.slice(wave).filter((keys) => [...keys].some((key) => isUp(draft, key))).length;
  return now.mono + Math.max(0, endAt - now.mono) / Math.max(1, left);
}

/** What is left of a wave after its SIGKILL has as much time as that of the last wave. */
function leaveByOf({ endAt, leaveAt }: StopPlan, killBy: number | null): number | null {
  if (killBy === null || endAt === null || leaveAt === null) return null;
  return Math.min(killBy + leaveAt - endAt, leaveAt);
}

/** When `reportWaiting` is to be called at the latest, monotonic milliseconds; null when nothing is waited for. */
export function planDueAt({ waves, wave, reportAt, leaveBy }: StopPlan): number | null {
  return wave < waves.length ? Math.min(reportAt, leaveBy ?? reportAt) : null;
}

/** A process is down, by itself or on request. */
export function noteDown(draft: Draft, key: ProcessKey, now: Instant, drive: Drive): void {
  const plan = draft.stopPlan;
  if (plan === null || !plan.waves[plan.wave]?.has(key)) return;
  const next = { ...plan, remaining: plan.remaining - 1 };
  draft.stopPlan = next;
  // While the stops of a wave are being requested, its count is incomplete; startWave checks again at the end.
  if (next.remaining === 0) startWave(draft, { ...next, wave: next.wave + 1 }, now, drive);
}

/** Writes who is still awaited, at most every three seconds; leaves behind what cannot be awaited any longer. */
export function reportWaiting(draft: Draft, now: Instant, drive: Drive): void {
  const plan = draft.stopPlan;
  if (plan === null) return;
  const isLate = plan.leaveBy !== null && now.mono >= plan.leaveBy;
  if (isLate && plan.wave < plan.waves.length) {
    leaveWave(draft, plan, now, drive);
    return;
  }
  if (now.mono < plan.reportAt) return;
  const names: string[] = [];
  for (const wave of plan.waves.slice(plan.wave)) {
    for (const key of wave) {
      const record = draft.processes.get(key);
      if (record !== null && !isDown(record.state)) names.push(record.config.name);
    }
  }
  // Named in the order in which they are started, as Supervisor does.
  if (names.length > 0) draft.log("INFO", messages.waitingToDie(names.reverse()));
  draft.stopPlan = { ...plan, reportAt: now.mono + REPORT_INTERVAL_MS };
}

/** Not even SIGKILL has ended what remains: the kernel waits for a disk, or another process holds it. */
function leaveWave(draft: Draft, plan: StopPlan, now: Instant, drive: Drive): void {
  // There is no time for those after it either.
  const isOver = plan.leaveAt === null || now.mono >= plan.leaveAt;
  const later = isOver ? plan.waves.slice(plan.wave + 1) : [];
  // Their end must not begin a wave.
  draft.stopPlan = { ...plan, wave: plan.waves.length, remaining: 0, killBy: null, leaveBy: null };
  for (const key of plan.waves[plan.wave] ?? []) {
    const record = draft.processes.get(key);
    if (record === null || isDown(record.state)) continue;
    draft.log("CRIT", messages.leftBehind(record.config.name, pidOf(record.state)));
  }
  for (const key of later.flatMap((keys) => [...keys])) {
    if (!isUp(draft, key)) continue;
    drive(draft, key, { kind: "stop", killBy: now.mono }, now);
    if (isUp(draft, key)) drive(draft, key, { kind: "deadline" }, now);
  }
  const wave = isOver ? plan.waves.length : plan.wave + 1;
  startWave(draft, { ...plan, wave, killBy: null, leaveBy: null }, now, drive);
}

function startWave(draft: Draft, plan: StopPlan, now: Instant, drive: Drive): void {
  for (let wave = plan.wave; wave < plan.waves.length; wave += 1) {
    const up = [...(plan.waves[wave] ?? [])].filter((key) => isUp(draft, key));
    // One more than there are: the wave cannot end while its stops are still being requested.
    const killBy = up.length === 0 ? null : killByOf(draft, { ...plan, wave }, now);
    const leaveBy = leaveByOf(plan, killBy);
    draft.stopPlan = { ...plan, wave, killBy, leaveBy, remaining: up.length + 1 };
    for (const key of up) {
      const backingOff = draft.processes.get(key)?.state.phase.kind === "BACKOFF";
      drive(draft, key, backingOff ? { kind: "give-up" } : { kind: "stop", killBy }, now);
    }
    const told = draft.stopPlan;
    const remaining = (told?.remaining ?? 1) - 1;
    draft.stopPlan = { ...plan, ...told, wave, remaining };
    if (remaining > 0) {
      reportWaiting(draft, now, drive);
      return;
    }
  }
  draft.stopPlan = { ...plan, wave: plan.waves.length, remaining: 0 };
  draft.effects.push({ kind: "all-stopped" });
}

function isUp(draft: Draft, key: ProcessKey): boolean {
  const record = draft.processes.get(key);
  return record !== null && !isDown(record.state);
}

// How long stopping everything may take: for those who would otherwise lose patience and kill the daemon.

/** What counts of a group. */
export interface StoppedGroup {
  readonly name: string;
  readonly priority: number;
  readonly processes: readonly Pick<
    ProcessConfig,
    "name" | "programName" | "dependsOn" | "restartWith" | "stopWaitSecs"
  >[];
}

/**
 * Seconds until the last process was at least killed. Groups of one priority stop together, one priority after the other,
 * and programs that others need after those (see `stopWaves`).
 */
export function longestStopSeconds(groups: readonly StoppedGroup[]): number {
  const priorities = [...new Set(groups.map(({ priority }) => priority))].sort((a, b) => b - a);
  const waves = new Map(priorities.map((priority, wave) => [priority, wave]));
  const all = groups.flatMap((group) =>
    group.processes.map((process) => ({
      // Not the process: one of several groups is the same object.
      id: { seconds: process.stopWaitSecs },
      wave: waves.get(group.priority) ?? 0,
      names: dependencyNames(group.name, process),
      needs: dependenciesOf(process).map(({ name }) => name),
    })),
  );
  const longest = new Map<number, number>();
  for (const [{ seconds }, rank] of stopRanks(all)) {
    longest.set(rank, Math.max(longest.get(rank) ?? 0, seconds));
  }
  let sum = 0;
  for (const seconds of longest.values()) sum += seconds;
  return sum;
}
