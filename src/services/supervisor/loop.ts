// The main loop: inputs enter one mailbox; core/supervisor/step decides each, and its effects are performed before the next
// is handled. Owns the state, the deadlines and the single alarm.

import type { ProcessKey } from "../../core/base/ids.ts";
import { Mailbox } from "../../core/base/mailbox.ts";
import { thrownStack } from "../../core/base/result.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { type LogText, linesOf } from "../../core/logs/log-text.ts";
import { deadlineOf } from "../../core/process/model.ts";
import type { ScheduleState } from "../../core/schedules/schedule.ts";
import { DeadlineIndex } from "../../core/supervisor/deadline.ts";
import {
  type EndRules,
  type GroupRecord,
  NO_RULES,
  type ProcessRecord,
  type SupervisorInput,
  type SupervisorPatch,
  type SupervisorState,
  type WantedStart,
} from "../../core/supervisor/model.ts";
import { planDueAt } from "../../core/supervisor/shutdown.ts";
import { step } from "../../core/supervisor/step.ts";
import type { Clock, WallAlarm } from "../../ports/clock.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { Checks } from "./checks.ts";
import type { Children } from "./children.ts";
import { Effects, type LoopObserver } from "./effects.ts";
import { ScheduleClock } from "./schedule-clock.ts";

interface LoopDeps {
  readonly clock: Clock;
  readonly wallAlarm: WallAlarm;
  readonly spawner: Spawner;
  readonly children: Children;
  readonly checks: Checks;
  readonly log: (level: LogLevel, text: LogText) => void;
  readonly observer: LoopObserver;
  /** Runs a callback after pending I/O had its turn. */
  readonly defer: (run: () => void) => void;
  /** The state of the daemon that this one takes over from. Nothing happens to it before `resume`. */
  readonly carried?: SupervisorState | null;
  /** Of a daemon that starts by itself. */
  readonly rules?: EndRules;
}

/** Starting takes time; after this many milliseconds of it I/O gets a turn. */
const SLICE_MS = 10;

export class Loop {
  readonly #deps: LoopDeps;
  readonly #state: LiveState;
  readonly #deadlines = new DeadlineIndex();
  readonly #mailbox = new Mailbox<SupervisorInput>((input) => this.#turn(input));
  readonly #schedules: ScheduleClock;
  readonly #effects: Effects;
  #deferred = false;
  /** No start has its turn. */
  #isHeld = false;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
    const { spawner, children, checks, log, observer } = deps;
    this.#state = createLiveState(deps.carried, deps.rules);
    this.#noteDeadlines({ processes: this.#state.processes });
    this.#schedules = new ScheduleClock(this.#state, deps.wallAlarm, (wasSet) => {
      if (wasSet) this.post({ kind: "clock-set" });
      this.runSoon();
    });
    const turn = (input: SupervisorInput): void => this.#turn(input);
    const started = (input: SupervisorInput): void => {
      if (input.kind === "checked") this.postAfterDeaths(input);
      else this.post(input);
      // Others may have waited for it.
      this.runSoon();
    };
    this.#effects = new Effects({
      ...{ state: this.#state, spawner, children, checks, log, observer },
      ...{ turn, started },
    });
    deps.clock.onAlarm(() => this.runSoon());
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /** Handles an input, and whatever it leads to, before it returns (unless a turn is under way already). */
  post(input: SupervisorInput): void {
    if (this.#mailbox.post(input)) this.#armAlarm();
  }

  /** Gives starts no turn until `unhold`. */
  hold(): void {
    this.#isHeld = true;
  }

  unhold(): void {
    this.#isHeld = false;
    this.runSoon();
  }

  /** Begins the starts again whose child was abandoned. */
  startAgain(): void {
    for (const { key, state } of [...this.#state.processes.values()]) {
      if (state.phase.kind === "SPAWNING") this.post({ kind: "spawn-again", key });
    }
  }

  /** Starts supervising a restored state: first unreported exits, then deadlines. */
  resume(): void {
    this.reap();
    this.#armAlarm();
  }

  /** SIGCHLD: learns of every death, then lets the deadlines that became due have their turn. */
  reap(): void {
    this.#reapDead();
    this.runSoon();
  }

  #reapDead(): void {
    for (const dead of this.#deps.spawner.reap()) {
      this.post({ kind: "child-died", pid: dead.pid, outcome: dead });
    }
  }

  /** For what was found out about a program, which says nothing about one that is dead: see #runSlice. */
  postAfterDeaths(input: SupervisorInput): void {
    this.#reapDead();
    this.post(input);
  }

  /** Does what is due, and starts, in slices: a thousand starts never keep a client waiting. */
  runSoon(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#deps.defer(() => {
      this.#deferred = false;
      this.#runSlice();
    });
  }

  #runSlice(): void {
    const { clock } = this.#deps;
    const end = clock.now().mono + SLICE_MS;
    let hasReaped = false;
    for (;;) {
      const now = clock.now().mono;
      // Deaths first: a program that is dead already must not be declared RUNNING, or be at its last run still, also when the
      // word of it is late.
      if (!hasReaped && (this.#isDue(now) || this.#schedules.isDue(clock.now()))) {
        this.#reapDead();
        hasReaped = true;
      }
      if (this.#deps.children.crowdedUntil(now) !== null) break;
      if (!this.#deadlineOnce(now) && !this.#scheduleOnce() && !this.#startOnce()) break;
      if (now >= end) {
        this.runSoon();
        return;
      }
    }
    const plan = this.#state.stopPlan;
    const reportAt = plan === null ? null : planDueAt(plan);
    if (reportAt !== null && reportAt <= clock.now().mono) this.post({ kind: "report-waiting" });
    this.#armAlarm();
  }

  #isDue(now: number): boolean {
    const at = this.#deadlines.earliest(this.#current);
    return at !== null && at <= now;
  }

  #deadlineOnce(now: number): boolean {
    const due = this.#deadlines.takeDue(now, this.#current);
    if (due !== null) this.post({ kind: "deadline", key: due });
    return due !== null;
  }

  #scheduleOnce(): boolean {
    const due = this.#schedules.takeDue(this.#deps.clock.now());
    if (due !== null) this.post({ kind: "schedule-due", key: due });
    return due !== null;
  }

  /** Starts that are under way continue before new ones, because their time runs already. */
  #startOnce(): boolean {
    const { children } = this.#deps;
    if (children.hasReady) {
      this.#guard("going on with a start", () => children.unsuspend());
      return true;
    }
    const mayStart = !this.#isHeld && this.#state.queued.size > 0;
    if (mayStart) this.post({ kind: "next-start" });
    return mayStart;
  }

  /** An error in one thing is logged and leaves the others. */
  #guard(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#deps.log("CRIT", linesOf(`internal error while ${what}: ${thrownStack(error)}`));
    }
  }

  /** The deadline that the state of a process carries now. */
  readonly #current = (key: ProcessKey): number | null => {
    const record = this.#state.processes.get(key);
    return record === undefined ? null : deadlineOf(record.state);
  };

  #armAlarm(): void {
    let at = this.#deadlines.earliest(this.#current);
    const plan = this.#state.stopPlan;
    const reportAt = plan === null ? null : planDueAt(plan);
    if (reportAt !== null && (at === null || reportAt < at)) at = reportAt;
    const scheduled = this.#schedules.earliestMono();
    if (scheduled !== null && (at === null || scheduled < at)) at = scheduled;
    const now = this.#deps.clock.now();
    const until = this.#deps.children.crowdedUntil(now.mono);
    const isScheduled = until !== null && this.#schedules.isDue(now);
    // A run that is due waits for the crowd, and its own alarm would ring at once.
    if (!isScheduled) this.#schedules.arm();
    this.#deps.clock.setAlarm(until === null ? at : this.#afterCrowd(at, until, isScheduled));
  }

  /** While many starts are under way the next ones wait for an outcome, or until it is clear that there is none soon. */
  #afterCrowd(at: number | null, until: number, isScheduled: boolean): number | null {
    const hasMore = this.#deps.children.hasReady || this.#state.queued.size > 0;
    if (hasMore || isScheduled) return until;
    return at === null ? null : Math.max(at, until);
  }

  #turn(input: SupervisorInput): void {
    this.#guard(`handling "${input.kind}"`, () => {
      const { patch, effects } = step(this.#state, input, this.#deps.clock.now());
      commit(this.#state, patch);
      this.#noteDeadlines(patch);
      if (patch.schedules !== undefined) this.#schedules.note(patch.schedules);
      if (wantsStart(patch)) this.runSoon();
      for (const effect of effects) {
        this.#guard(`performing "${effect.kind}"`, () => this.#effects.perform(effect));
      }
    });
  }

  #noteDeadlines(patch: SupervisorPatch): void {
    for (const [key, record] of patch.processes ?? []) {
      const at = record === null ? null : deadlineOf(record.state);
      if (at !== null) this.#deadlines.add(key, at);
    }
  }
}

function wantsStart({ queued }: SupervisorPatch): boolean {
  for (const start of queued?.values() ?? []) if (start !== null) return true;
  return false;
}

// The state of supervision: changed only here, and only by complete patches.

interface LiveState extends SupervisorState {
  daemonState: SupervisorState["daemonState"];
  readonly groups: Map<string, GroupRecord>;
  readonly processes: Map<ProcessKey, ProcessRecord>;
  readonly pids: Map<number, ProcessKey>;
  readonly queued: Map<ProcessKey, WantedStart>;
  readonly looking: Map<ProcessKey, WantedStart>;
  stopPlan: SupervisorState["stopPlan"];
  readonly programs: Map<string, readonly ProcessKey[]>;
  readonly dependents: Map<string, readonly ProcessKey[]>;
  readonly held: Map<ProcessKey, readonly ProcessKey[]>;
  readonly upcoming: Map<string, ProcessKey>;
  readonly schedules: Map<ProcessKey, ScheduleState>;
  ending: SupervisorState["ending"];
}

/** The state of a daemon that knows no group yet, or that of the daemon it takes over from, with its rules. */
function createLiveState(
  carried: SupervisorState | null = null,
  rules: EndRules = NO_RULES,
): LiveState {
  return {
    daemonState: carried?.daemonState ?? "RUNNING",
    groups: new Map(carried?.groups),
    processes: new Map(carried?.processes),
    pids: new Map(carried?.pids),
    queued: new Map(carried?.queued),
    looking: new Map(carried?.looking),
    stopPlan: carried?.stopPlan ?? null,
    programs: new Map(carried?.programs),
    dependents: new Map(carried?.dependents),
    held: new Map(carried?.held),
    upcoming: new Map(carried?.upcoming),
    schedules: new Map(carried?.schedules),
    rules: carried?.rules ?? rules,
    ending: carried?.ending ?? null,
  };
}

/** Makes a patch true. */
export function commit(state: LiveState, patch: SupervisorPatch): void {
  if (patch.daemonState !== undefined) state.daemonState = patch.daemonState;
  if (patch.stopPlan !== undefined) state.stopPlan = patch.stopPlan;
  if (patch.ending !== undefined) state.ending = patch.ending;
  merge(state.groups, patch.groups);
  merge(state.processes, patch.processes);
  merge(state.pids, patch.pids);
  merge(state.queued, patch.queued);
  merge(state.looking, patch.looking);
  merge(state.programs, patch.programs);
  merge(state.dependents, patch.dependents);
  merge(state.held, patch.held);
  merge(state.upcoming, patch.upcoming);
  merge(state.schedules, patch.schedules);
}

function merge<K, V>(target: Map<K, V>, changes: ReadonlyMap<K, V | null> | undefined): void {
  for (const [key, value] of changes ?? []) {
    if (value === null) target.delete(key);
    else target.set(key, value);
  }
}
