// The main loop: inputs enter one mailbox; core/supervisor/step decides each, and its effects are performed
// before the next is handled. Owns the state, the deadlines and the single alarm.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { Mailbox } from "../../core/base/mailbox.ts";
import { thrownStack } from "../../core/base/result.ts";
import { type Instant, SECOND } from "../../core/base/time.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { limitTexts } from "../../core/process/reached-limits.ts";
import type { ScheduleState } from "../../core/schedules/schedule.ts";
import type { Decision } from "../../core/snapshot/journal.ts";
import { awaitsConnection } from "../../core/supervisor/connections.ts";
import { DeadlineIndex } from "../../core/supervisor/deadline.ts";
import { commit, type LiveState, liveState } from "../../core/supervisor/draft.ts";
import {
  deadlineOfRecord,
  type ProcessRecord,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorPatch,
  type SupervisorState,
} from "../../core/supervisor/model.ts";
import { isRoutine } from "../../core/supervisor/routine.ts";
import { planDueAt } from "../../core/supervisor/shutdown.ts";
import { step } from "../../core/supervisor/step.ts";
import type { Clock, WallAlarm } from "../../ports/clock.ts";
import { Effects, type EffectsDeps } from "./effects.ts";

interface LoopDeps extends Omit<EffectsDeps, "state" | "now" | "later"> {
  readonly clock: Clock;
  readonly wallAlarm: WallAlarm;
  readonly offsetMinutes: OffsetMinutes;
  /** Runs a callback after pending I/O. */
  readonly defer: (run: () => void) => void;
  /** Keeps a decision, before it has effects. */
  readonly record: (decision: Decision) => void;
  /** The first state. A restored one is supervised from `reap` on. */
  readonly initial: SupervisorState;
}

/** Starts take time; after this many milliseconds, I/O gets a turn. */
const SLICE_MS = 10;

export class Loop {
  readonly #deps: LoopDeps;
  readonly #state: LiveState;
  readonly #deadlines = new DeadlineIndex();
  readonly #mailbox = new Mailbox<SupervisorInput>((input) => this.#turn(input));
  readonly #schedules: ScheduleClock;
  readonly #effects: Effects;
  #deferred = false;
  /** Decisions that are being made, each within the effects of the one before. */
  #turns = 0;
  /** No start of the queue begins. */
  #isHeld = false;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
    this.#state = liveState(deps.initial);
    this.#noteDeadlines(this.#state.processes);
    this.#schedules = new ScheduleClock(this.#state, deps.wallAlarm, (wasSet) => {
      const by = this.#schedules.takeLead(deps.clock.now());
      if (wasSet) this.post({ kind: "clock-set", by });
      this.runSoon();
    });
    this.#effects = new Effects({
      ...deps,
      state: this.#state,
      now: (input) => this.#turn(input),
      later: (input) => {
        if (input.kind === "checked") this.postAfterDeaths(input);
        else this.post(input);
        // A throttled start may continue.
        this.runSoon();
      },
    });
    deps.clock.onAlarm(() => this.runSoon());
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /** Handles an input and its consequences before it returns, unless a turn is in progress. */
  post(input: SupervisorInput): void {
    if (this.#mailbox.post(input)) this.#armAlarm();
  }

  /** Begins no start of the queue until `unhold`. */
  hold(): void {
    this.#isHeld = true;
  }

  unhold(): void {
    this.#isHeld = false;
    this.runSoon();
  }

  /** Repeats starts in progress whose child was abandoned. */
  repeatStarts(): void {
    for (const { key, state } of [...this.#state.processes.values()]) {
      if (state.phase.kind === "SPAWNING") this.post({ kind: "spawn-again", key });
    }
  }

  /** Begins the hooks that a predecessor has left. */
  repeatHooks(): void {
    this.#guard("repeating hooks", () => this.#effects.repeatHooks());
  }

  /** Performs effects of a daemon that has died. */
  repeat(effects: readonly SupervisorEffect[]): void {
    for (const effect of effects)
      this.#guard(`performing "${effect.kind}"`, () => this.#effects.perform(effect));
  }

  /** Announces effects of a daemon that has died. */
  announce(effects: readonly SupervisorEffect[]): void {
    for (const effect of effects)
      this.#guard(`announcing "${effect.kind}"`, () => this.#effects.announce(effect));
  }

  /** Handles SIGCHLD, and begins to supervise a restored state: every exit, then the deadlines that are due. */
  reap(): void {
    this.#reapDead();
    this.#armAlarm();
    this.runSoon();
  }

  /** The caller arms the alarm, once for all exits. */
  #reapDead(): void {
    // A death may end everything: what executes by now must be known before.
    this.#deps.children.settle();
    for (const dead of this.#deps.spawner.reap()) {
      const key = this.#state.pids.get(dead.pid);
      const name = key === undefined ? `pid ${dead.pid}` : displayKey(key);
      const { pid, reached = {} } = dead;
      for (const text of limitTexts(reached)) this.#deps.log("INFO", `limit of ${name}: ${text}`);
      this.#mailbox.post({ kind: "child-died", pid, outcome: dead, reached });
    }
  }

  /** Posts an observation of a process after its exit, if it has exited. */
  postAfterDeaths(input: SupervisorInput): void {
    this.#reapDead();
    this.post(input);
  }

  /** Handles deadlines and starts in slices, so that a thousand starts do not delay a client. */
  runSoon(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#deps.defer(() => {
      this.#deferred = false;
      this.#runSlice();
    });
  }

  /** Arms the alarm at its end, and no input of it does. */
  #runSlice(): void {
    const { clock } = this.#deps;
    const end = clock.now().mono + SLICE_MS;
    let hasReaped = false;
    for (;;) {
      const now = clock.now().mono;
      // Exits first, even if SIGCHLD is late: a program that has exited must not enter RUNNING.
      if (!hasReaped && (this.#isDue(now) || this.#schedules.isDue(clock.now()))) {
        this.#reapDead();
        hasReaped = true;
      }
      if (this.#deps.children.throttledUntil(now) !== null) break;
      if (!this.#deadlineOnce(now) && !this.#scheduleOnce() && !this.#startOnce()) break;
      if (now >= end) {
        this.runSoon();
        return;
      }
    }
    const reportAt = this.#planDueAt();
    if (reportAt !== null && reportAt <= clock.now().mono) {
      this.#mailbox.post({ kind: "report-waiting" });
    }
    this.#armAlarm();
  }

  #planDueAt(): number | null {
    const plan = this.#state.stopPlan;
    return plan === null ? null : planDueAt(plan);
  }

  #isDue(now: number): boolean {
    const at = this.#deadlines.earliest(this.#current);
    return at !== null && at <= now;
  }

  #deadlineOnce(now: number): boolean {
    const due = this.#deadlines.takeDue(now, this.#current);
    if (due !== null) this.#mailbox.post({ kind: "deadline", key: due });
    return due !== null;
  }

  #scheduleOnce(): boolean {
    const due = this.#schedules.takeDue(this.#deps.clock.now());
    if (due !== null) this.#mailbox.post({ kind: "schedule-due", key: due });
    return due !== null;
  }

  /** Continues a start in progress before a new one, because its time limit runs already. */
  #startOnce(): boolean {
    const { children } = this.#deps;
    if (children.hasReady) {
      this.#guard("continuing a start", () => children.runReady());
      return true;
    }
    const mayStart = !this.#isHeld && this.#state.queued.size > 0;
    if (mayStart) this.#mailbox.post({ kind: "next-start" });
    return mayStart;
  }

  /** Logs an error, which affects nothing else. */
  #guard(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#deps.log("CRIT", linesOf(`internal error while ${what}: ${thrownStack(error)}`));
    }
  }

  /** The present deadline of a process. */
  readonly #current = (key: ProcessKey): number | null => {
    const record = this.#state.processes.get(key);
    return record === undefined ? null : deadlineOfRecord(record);
  };

  #armAlarm(): void {
    const { clock, children } = this.#deps;
    const times = [
      this.#deadlines.earliest(this.#current),
      this.#planDueAt(),
      this.#schedules.earliestMono(),
    ].filter((at) => at !== null);
    const at = times.length === 0 ? null : Math.min(...times);
    const now = clock.now();
    const until = children.throttledUntil(now.mono);
    // A run that is due waits for the throttled starts; its own alarm would ring at once.
    const isScheduled = until !== null && this.#schedules.isDue(now);
    if (!isScheduled) this.#schedules.arm(now);
    clock.setAlarm(until === null ? at : this.#afterThrottling(at, until, isScheduled));
  }

  #afterThrottling(at: number | null, until: number, isScheduled: boolean): number | null {
    const hasMore = this.#deps.children.hasReady || this.#state.queued.size > 0;
    if (hasMore || isScheduled) return until;
    return at === null ? null : Math.max(at, until);
  }

  #turn(input: SupervisorInput): void {
    this.#turns += 1;
    this.#guard(`handling "${input.kind}"`, () => {
      const { clock, offsetMinutes } = this.#deps;
      const now = clock.now();
      const { patch, effects } = step(this.#state, input, now, offsetMinutes);
      const isAsBefore = isRoutine(this.#state, input, patch);
      commit(this.#state, patch);
      const isNested = this.#turns > 1;
      this.#deps.record({ input, now, patch, isNested, isRoutine: isAsBefore });
      if (patch.processes !== null) this.#noteDeadlines(patch.processes);
      if (patch.schedules !== null) this.#schedules.note(patch.schedules);
      if (queuesStart(patch)) this.runSoon();
      for (const effect of effects) {
        this.#guard(`performing "${effect.kind}"`, () => this.#effects.perform(effect));
      }
      const { processes, pending, schedules, queued, resolving } = patch;
      for (const key of pending?.keys() ?? []) this.#deps.children.sockets.retain(key);
      for (const changes of [processes, schedules, queued, resolving])
        if (changes !== null) this.#awaitConnections(changes.keys());
    });
    this.#turns -= 1;
  }

  /** Opens the sockets of a restored state, and awaits connections. */
  resumeSockets(): void {
    const { processes } = this.#state;
    for (const record of processes.values()) this.#deps.children.sockets.keep(record);
    this.#awaitConnections(this.#state.processes.keys());
  }

  #awaitConnections(keys: Iterable<ProcessKey>): void {
    const { sockets } = this.#deps.children;
    for (const key of keys) {
      const record = this.#state.processes.get(key);
      if (record === undefined) continue;
      const { startOn, sockets: own } = record.config;
      if (startOn === null && own.length === 0) continue;
      sockets.awaitConnection(key, awaitsConnection(this.#state, record));
    }
  }

  #noteDeadlines(processes: ReadonlyMap<ProcessKey, ProcessRecord | null>): void {
    for (const [key, record] of processes) {
      const at = record === null ? null : deadlineOfRecord(record);
      if (at !== null) this.#deadlines.add(key, at);
    }
  }
}

function queuesStart({ queued }: SupervisorPatch): boolean {
  for (const start of queued?.values() ?? []) if (start !== null) return true;
  return false;
}

/** An index of the next scheduled runs on both clocks, and the alarm on the wall clock, if there are any. */
class ScheduleClock {
  readonly #state: Pick<SupervisorState, "daemonState" | "schedules">;
  readonly #alarm: WallAlarm;
  readonly #wall = new DeadlineIndex();
  readonly #mono = new DeadlineIndex();
  #armedFor: number | null = null;
  /** By how much the wall clock was ahead of the monotonic one, milliseconds; null while nothing tells when it is set. */
  #lead: number | null = null;

  /** @param onRing called when the alarm rings; `wasSet`: the wall clock was set */
  constructor(
    state: Pick<SupervisorState, "daemonState" | "schedules">,
    alarm: WallAlarm,
    onRing: (wasSet: boolean) => void,
  ) {
    this.#state = state;
    this.#alarm = alarm;
    this.note(state.schedules);
    alarm.onRing((wasSet) => {
      this.#armedFor = null;
      onRing(wasSet);
    });
  }

  /** Adds changed schedules. */
  note(changes: ReadonlyMap<ProcessKey, ScheduleState | null>): void {
    for (const [key, schedule] of changes) {
      if (schedule === null) continue;
      if (schedule.atWall !== null) this.#wall.add(key, schedule.atWall);
      if (schedule.atMono !== null) this.#mono.add(key, schedule.atMono);
    }
  }

  /** Whether a run is due. */
  isDue({ mono, wall }: Instant): boolean {
    if (this.#state.schedules.size === 0) return false;
    const onWall = this.#wall.earliest(this.#currentWall);
    const onMono = this.earliestMono();
    return (onWall !== null && onWall <= wall) || (onMono !== null && onMono <= mono);
  }

  /** Takes one process whose run is due; null if there is none. */
  takeDue({ mono, wall }: Instant): ProcessKey | null {
    if (this.#state.schedules.size === 0) return null;
    return (
      this.#wall.takeDue(wall, this.#currentWall) ?? this.#mono.takeDue(mono, this.#currentMono)
    );
  }

  /** The next run by the monotonic clock; null for none. */
  earliestMono(): number | null {
    return this.#mono.earliest(this.#currentMono);
  }

  /** Takes the present lead of the wall clock. @returns by how much it has grown, milliseconds */
  takeLead({ wall, mono }: Instant): number {
    const before = this.#lead ?? wall - mono;
    this.#lead = wall - mono;
    return this.#lead - before;
  }

  /** Arms the alarm for the next run by the wall clock. */
  arm({ wall, mono }: Instant): void {
    const at = this.#wall.earliest(this.#currentWall);
    const lead = wall - mono;
    // A clock that was set by more is about to be told.
    const isSame = this.#lead === null || Math.abs(lead - this.#lead) < SECOND;
    if (at === null) this.#lead = null;
    else if (isSame) this.#lead = lead;
    if (at === this.#armedFor) return;
    this.#armedFor = at;
    this.#alarm.set(at);
  }

  /** Nothing is due while everything is being stopped. */
  readonly #currentWall = (key: ProcessKey): number | null =>
    this.#state.daemonState === "RUNNING" ? (this.#state.schedules.get(key)?.atWall ?? null) : null;

  readonly #currentMono = (key: ProcessKey): number | null =>
    this.#state.daemonState === "RUNNING" ? (this.#state.schedules.get(key)?.atMono ?? null) : null;
}
