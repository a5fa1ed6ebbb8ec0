// Stops everything, wave by wave (Supervisor, section 4.8, "shutdown / reload"), and defines the order.
// Starting: ascending (priority, name) of groups, definition order inside. Stopping: descending priority;
// groups of one priority together, because no order was promised between them.

import type { ProcessKey } from "../base/ids.ts";
import { compareText } from "../base/printable.ts";
import { SECOND } from "../base/time.ts";
import { dependenciesOf, dependencyNames } from "../config/dependencies.ts";
import type { ProcessConfig } from "../config/model.ts";
import { hookStopSeconds } from "../process/hooks.ts";
import { endsLeftovers, LEFT_LIMIT_MS } from "../process/leftovers.ts";
import { messages } from "../process/messages.ts";
import { isDown, pidOf } from "../process/model.ts";
import type { Draft } from "./draft.ts";
import type { GroupRecord, ProcessRecord, StopPlan, SupervisorState } from "./model.ts";
import { cancelStarts } from "./starts.ts";

const REPORT_INTERVAL_MS = 3 * SECOND;

/** Begins to stop everything. A second request only changes what happens afterwards. */
export function beginStopping(draft: Draft, daemonState: "SHUTDOWN" | "RESTARTING"): void {
  const plan = draft.stopPlan;
  const limits = daemonState === "SHUTDOWN" ? graceLimits(draft) : NO_LIMITS;
  if (plan !== null) {
    // A shutdown outranks a restart in progress, never the other way round.
    if (daemonState === "RESTARTING" || draft.daemonState === "SHUTDOWN") return;
    draft.daemonState = daemonState;
    if (limits.endAt !== null) startWave(draft, { ...plan, ...limits });
    return;
  }
  draft.daemonState = daemonState;
  cancelStarts(draft);
  for (const key of [...draft.base.held.keys(), ...(draft.held.changes?.keys() ?? [])]) {
    draft.held.set(key, null);
  }
  draft.effects.push({ kind: "stopping" });
  endSpawning(draft);
  const waves = stopWaves(draft.base);
  const reportAt = draft.now.mono;
  const first = { waves, wave: 0, remaining: 0, reportAt, killBy: null, leaveBy: null };
  startWave(draft, { ...first, ...limits });
}

/** Stops starts in progress, of which nothing has run, so that none is begun while others are stopped. */
function endSpawning(draft: Draft): void {
  for (const { key } of draft.base.processes.values()) {
    const kind = draft.processes.get(key)?.state.phase.kind;
    if (kind === "SPAWNING") draft.drive(key, { kind: "stop" });
  }
}

/** Shuts down without waiting: sends the stop signal and then SIGKILL at once, in no order. */
export function killEverything(draft: Draft): void {
  if (draft.stopPlan === null) beginStopping(draft, "SHUTDOWN");
  draft.daemonState = "SHUTDOWN";
  const plan = draft.stopPlan;
  if (plan === null || plan.wave >= plan.waves.length) return;
  const all = new Set(plan.waves.slice(plan.wave).flatMap((wave) => [...wave]));
  const leaveAt = plan.leaveAt ?? graceLimits(draft).leaveAt;
  startWave(draft, { ...plan, waves: [all], wave: 0, endAt: draft.now.mono, leaveAt });
}

/** Time before the end of shutdown_grace at which the rest is killed, so that the daemon ends in time. */
const RESERVE_MS = SECOND;
/** At most this share of a short grace. */
const RESERVE_SHARE = 0.1;
/** After this share of the reserve, what SIGKILL has not ended is left behind. */
const LEAVE_SHARE = 0.5;

type Limits = Pick<StopPlan, "endAt" | "leaveAt">;

const NO_LIMITS: Limits = { endAt: null, leaveAt: null };

function graceLimits({ rules: { shutdownGrace }, now }: Draft): Limits {
  if (shutdownGrace === null) return NO_LIMITS;
  const grace = shutdownGrace * SECOND;
  const reserve = Math.min(RESERVE_MS, grace * RESERVE_SHARE);
  const endAt = now.mono + grace - reserve;
  return { endAt, leaveAt: endAt + reserve * LEAVE_SHARE };
}

/** An equal share of the remaining time for each wave; unused time benefits later waves. */
function killByOf(draft: Draft, { waves, wave, endAt }: StopPlan): number | null {
  if (endAt === null) return null;
  const { mono } = draft.now;
  const left = waves.slice(wave).filter((keys) => [...keys].some((key) => isUp(draft, key))).length;
  return mono + Math.max(0, endAt - mono) / Math.max(1, left);
}

/** Each wave gets the same time after its SIGKILL as the last one. */
function leaveByOf({ endAt, leaveAt }: StopPlan, killBy: number | null): number | null {
  if (killBy === null || endAt === null || leaveAt === null) return null;
  return Math.min(killBy + leaveAt - endAt, leaveAt);
}

/** The deadline for `report-waiting`, monotonic milliseconds; null if nothing is waited for. */
export function planDueAt({ waves, wave, reportAt, leaveBy }: StopPlan): number | null {
  return wave < waves.length ? Math.min(reportAt, leaveBy ?? reportAt) : null;
}

/** Waits for the hook of a process that counted as stopped because it could not be killed, and that has exited after all. */
export function noteUp(draft: Draft, key: ProcessKey): void {
  const plan = draft.stopPlan;
  const isLater = plan?.waves.slice(plan.wave + 1).some((keys) => keys.has(key)) === true;
  if (plan === null || isLater || plan.wave >= plan.waves.length) return;
  const waves = plan.waves.map((keys, wave) =>
    wave === plan.wave ? new Set([...keys, key]) : keys,
  );
  draft.stopPlan = { ...plan, waves, remaining: plan.remaining + 1 };
}

/** Counts a process that is down. */
export function noteDown(draft: Draft, key: ProcessKey): void {
  const plan = draft.stopPlan;
  if (plan === null || !plan.waves[plan.wave]?.has(key)) return;
  const next = { ...plan, remaining: plan.remaining - 1 };
  draft.stopPlan = next;
  // While a wave is being stopped, `remaining` is one too high, and startWave checks at the end.
  if (next.remaining === 0) startWave(draft, { ...next, wave: next.wave + 1 });
}

/** Logs the awaited processes every three seconds; leaves processes behind after the limit. */
export function reportWaiting(draft: Draft): void {
  const { mono } = draft.now;
  const plan = draft.stopPlan;
  if (plan === null) return;
  const isLate = plan.leaveBy !== null && mono >= plan.leaveBy;
  if (isLate && plan.wave < plan.waves.length) {
    leaveWave(draft, plan);
    return;
  }
  if (mono < plan.reportAt) return;
  const names: string[] = [];
  for (const key of plan.waves.slice(plan.wave).flatMap((wave) => [...wave])) {
    const record = draft.processes.get(key);
    if (record !== null && !isDown(record.state)) names.push(record.config.name);
  }
  // In start order, as Supervisor.
  if (names.length > 0) draft.log("INFO", messages.waitingToDie(names.reverse()));
  draft.stopPlan = { ...plan, reportAt: mono + REPORT_INTERVAL_MS };
}

/** Leaves behind what SIGKILL has not ended: the kernel waits for a disk, or another process traces it. */
function leaveWave(draft: Draft, plan: StopPlan): void {
  const { mono } = draft.now;
  const isOver = plan.leaveAt === null || mono >= plan.leaveAt;
  // Then there is no time for later waves either.
  const later = isOver ? plan.waves.slice(plan.wave + 1) : [];
  // Their exits must not begin a wave.
  draft.stopPlan = { ...plan, wave: plan.waves.length, remaining: 0, killBy: null, leaveBy: null };
  for (const key of plan.waves[plan.wave] ?? []) {
    const record = draft.processes.get(key);
    if (record === null || isDown(record.state)) continue;
    if (record.state.hook !== null && pidOf(record.state) === 0) {
      endHook(draft, key);
      continue;
    }
    draft.log("CRIT", messages.leftBehind(record.config.name, pidOf(record.state)));
  }
  for (const key of later.flatMap((keys) => [...keys])) {
    if (!isUp(draft, key)) continue;
    draft.drive(key, { kind: "stop", killBy: mono });
    if (isUp(draft, key)) draft.drive(key, { kind: "deadline" });
  }
  const wave = isOver ? plan.waves.length : plan.wave + 1;
  startWave(draft, { ...plan, wave, killBy: null, leaveBy: null });
}

/** Ends the hook of a process that is down otherwise. */
function endHook(draft: Draft, key: ProcessKey): void {
  draft.drive(key, { kind: "stop", killBy: draft.now.mono });
  draft.drive(key, { kind: "deadline" });
}

function startWave(draft: Draft, plan: StopPlan): void {
  for (let wave = plan.wave; wave < plan.waves.length; wave += 1) {
    const up = [...(plan.waves[wave] ?? [])].filter((key) => isUp(draft, key));
    const killBy = up.length === 0 ? null : killByOf(draft, { ...plan, wave });
    const leaveBy = leaveByOf(plan, killBy);
    // One too many, so that the wave cannot end while its stops are still being requested.
    draft.stopPlan = { ...plan, wave, killBy, leaveBy, remaining: up.length + 1 };
    for (const key of up) {
      const isBackingOff = draft.processes.get(key)?.state.phase.kind === "BACKOFF";
      draft.drive(key, isBackingOff ? { kind: "give-up" } : { kind: "stop", killBy });
    }
    const stopped = draft.stopPlan;
    const remaining = (stopped?.remaining ?? 1) - 1;
    draft.stopPlan = { ...plan, ...stopped, wave, remaining };
    if (remaining > 0) {
      reportWaiting(draft);
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

/** Active groups, ascending by (priority, name). */
export function groupsInStartOrder(state: SupervisorState): readonly GroupRecord[] {
  return [...state.groups.values()].sort(
    (a, b) => a.config.priority - b.config.priority || compareText(a.config.name, b.config.name),
  );
}

/** The waves of a complete stop. Every active process is in exactly one, after all its dependents. */
export function stopWaves(state: SupervisorState): readonly ReadonlySet<ProcessKey>[] {
  const waves = wavesByPriority(state);
  return state.dependents.size === 0 ? waves : wavesByDependency(state, waves);
}

function wavesByPriority(state: SupervisorState): readonly ReadonlySet<ProcessKey>[] {
  const waves: Set<ProcessKey>[] = [];
  let priority: number | null = null;
  for (const group of [...groupsInStartOrder(state)].reverse()) {
    const keys = stopOrder(group, state);
    const last = waves.at(-1);
    if (last === undefined || group.config.priority !== priority) waves.push(new Set(keys));
    else for (const key of keys) last.add(key);
    priority = group.config.priority;
  }
  return waves;
}

/** The processes of a group by descending priority, later definitions first. */
function stopOrder(group: GroupRecord, state: SupervisorState): readonly ProcessKey[] {
  const records = group.keys.flatMap((key): ProcessRecord[] => {
    const record = state.processes.get(key);
    return record === undefined ? [] : [record];
  });
  return records
    .reverse()
    .sort((a, b) => b.config.priority - a.config.priority)
    .map((record) => record.key);
}

/** Moves processes behind their dependents; otherwise the waves stay. */
function wavesByDependency(
  state: SupervisorState,
  waves: readonly ReadonlySet<ProcessKey>[],
): readonly ReadonlySet<ProcessKey>[] {
  const all: Ranked<ProcessKey>[] = [];
  for (const [wave, keys] of waves.entries()) {
    for (const id of keys) {
      const record = state.processes.get(id);
      if (record === undefined) continue;
      const dependsOn = dependenciesOf(record.config).map(({ name }) => name);
      all.push({ id, wave, names: dependencyNames(record.group, record.config), dependsOn });
    }
  }
  const ranks = stopRanks(all);
  const moved: Set<ProcessKey>[] = [];
  for (const { id } of all) {
    const rank = ranks.get(id) ?? 0;
    while (moved.length <= rank) moved.push(new Set());
    moved[rank]?.add(id);
  }
  return moved.filter((keys) => keys.size > 0);
}

/** A process to rank. */
interface Ranked<K> {
  readonly id: K;
  /** The wave of its priority, from 0 on. */
  readonly wave: number;
  /** Names by which others may depend on it. */
  readonly names: readonly string[];
  /** Names on which it depends. */
  readonly dependsOn: readonly string[];
}

/** A node is a process, or a name that stands for many: there are no more edges than written names. */
type Node<K> = Ranked<K> | string;

/**
 * Computes the wave of each process: that of its priority, or a later one, after the last of its dependents.
 * Nodes are handled after all their dependents (Kahn's algorithm). Nodes of a cycle, which only two
 * configurations that are half in force can have, keep the wave of their priority.
 */
export function stopRanks<K>(all: readonly Ranked<K>[]): ReadonlyMap<K, number> {
  const ranks = new Map(all.map(({ id, wave }) => [id, wave]));
  const dependents = new Map<string, number>();
  for (const { dependsOn } of all) for (const name of dependsOn) add(dependents, name, 1);
  if (dependents.size === 0) return ranks;
  const members = new Map<string, Ranked<K>[]>();
  const left = new Map<K, number>();
  const ready: Node<K>[] = [];
  for (const each of all) {
    const needed = each.names.filter((name) => dependents.has(name));
    for (const name of needed) {
      const list = members.get(name);
      if (list === undefined) members.set(name, [each]);
      else list.push(each);
    }
    left.set(each.id, needed.length);
    if (needed.length === 0) ready.push(each);
  }
  const nameRanks = new Map<string, number>();
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    if (typeof node === "string") {
      const rank = nameRanks.get(node) ?? 0;
      for (const member of members.get(node) ?? []) {
        ranks.set(member.id, Math.max(ranks.get(member.id) ?? 0, rank));
        if (add(left, member.id, -1) === 0) ready.push(member);
      }
      continue;
    }
    const next = (ranks.get(node.id) ?? 0) + 1;
    for (const name of node.dependsOn) {
      nameRanks.set(name, Math.max(nameRanks.get(name) ?? 0, next));
      if (add(dependents, name, -1) === 0) ready.push(name);
    }
  }
  return ranks;
}

function add<K>(counts: Map<K, number>, key: K, change: number): number {
  const count = (counts.get(key) ?? 0) + change;
  counts.set(key, count);
  return count;
}

/** A group for `longestStopSeconds`. */
export interface StoppedGroup {
  readonly name: string;
  readonly priority: number;
  readonly processes: readonly Pick<
    ProcessConfig,
    | "name"
    | "programName"
    | "dependsOn"
    | "restartWith"
    | "stopWaitSecs"
    | "preStop"
    | "stopCommand"
    | "postStop"
    | "hookTimeout"
    | "killMode"
  >[];
}

/**
 * Seconds until the last process was sent SIGKILL, and what it left is ended and its hooks are over, at the latest: for the
 * timeouts of service managers.
 */
export function longestStopSeconds(groups: readonly StoppedGroup[]): number {
  const priorities = [...new Set(groups.map(({ priority }) => priority))].sort((a, b) => b - a);
  const waves = new Map(priorities.map((priority, wave) => [priority, wave]));
  const all = groups.flatMap((group) =>
    group.processes.map((process) => ({
      // A new object: several groups may share a process.
      id: { seconds: stopSeconds(process) },
      wave: waves.get(group.priority) ?? 0,
      names: dependencyNames(group.name, process),
      dependsOn: dependenciesOf(process).map(({ name }) => name),
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

function stopSeconds(process: StoppedGroup["processes"][number]): number {
  const ofLeft = endsLeftovers(process) ? LEFT_LIMIT_MS / SECOND : 0;
  return process.stopWaitSecs + hookStopSeconds(process) + ofLeft;
}
