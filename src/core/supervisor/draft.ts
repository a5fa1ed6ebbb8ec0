// The changes of one step, collected over the old state. Nothing is visible outside until the step is complete, so
// an error in the middle leaves the old state whole.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { LogLevel } from "../config/model.ts";
import type { ProcessInput } from "../process/model.ts";
import type { SupervisorStateName } from "../process/states.ts";
import type { ScheduleState } from "../schedules/schedule.ts";
import type {
  Ending,
  EndRules,
  GroupRecord,
  ProcessRecord,
  StopPlan,
  SupervisorEffect,
  SupervisorState,
  SupervisorStep,
  WantedStart,
} from "./model.ts";

/** Tells a process something, with all that follows from it: handed to the parts of the reducer. */
export type Drive = (draft: Draft, key: ProcessKey, input: ProcessInput, now: Instant) => void;

export class Draft {
  readonly effects: SupervisorEffect[] = [];
  readonly groups: Layer<string, GroupRecord>;
  readonly processes: Layer<ProcessKey, ProcessRecord>;
  readonly pids: Layer<number, ProcessKey>;
  readonly queued: Layer<ProcessKey, WantedStart>;
  readonly looking: Layer<ProcessKey, WantedStart>;
  readonly programs: Layer<string, readonly ProcessKey[]>;
  readonly dependents: Layer<string, readonly ProcessKey[]>;
  readonly held: Layer<ProcessKey, readonly ProcessKey[]>;
  readonly upcoming: Layer<string, ProcessKey>;
  readonly schedules: Layer<ProcessKey, ScheduleState>;
  daemonState: SupervisorStateName;
  stopPlan: StopPlan | null;
  readonly rules: EndRules;
  ending: Ending | null;
  /** A process that has ended by itself in this step, or is blocked, and will not be started again: see ending.ts. */
  lastOver: ProcessKey | null = null;
  /** Names of what has changed, with the processes that have; names of what has begun a new run: see dependents.ts. */
  readonly touched = new Map<string, Set<ProcessKey>>();
  readonly renewed = new Set<string>();
  /** What others are held for and that is down now. */
  readonly gone: ProcessRecord[] = [];
  readonly #base: SupervisorState;

  constructor(base: SupervisorState) {
    this.#base = base;
    this.groups = new Layer(base.groups);
    this.processes = new Layer(base.processes);
    this.pids = new Layer(base.pids);
    this.queued = new Layer(base.queued);
    this.looking = new Layer(base.looking);
    this.programs = new Layer(base.programs);
    this.dependents = new Layer(base.dependents);
    this.held = new Layer(base.held);
    this.upcoming = new Layer(base.upcoming);
    this.schedules = new Layer(base.schedules);
    this.daemonState = base.daemonState;
    this.stopPlan = base.stopPlan;
    this.rules = base.rules;
    this.ending = base.ending;
  }

  /** Some process needs another one. */
  get hasDependents(): boolean {
    return this.#base.dependents.size > 0 || this.dependents.changes !== null;
  }

  /** All processes, as they are now. */
  *allProcesses(): Iterable<ProcessRecord> {
    for (const key of this.#base.processes.keys()) {
      const record = this.processes.get(key);
      if (record !== null) yield record;
    }
    for (const [key, record] of this.processes.changes ?? []) {
      if (record !== null && !this.#base.processes.has(key)) yield record;
    }
  }

  get hasHeld(): boolean {
    return this.#base.held.size > 0 || this.held.changes !== null;
  }

  log(level: LogLevel, text: string): void {
    this.effects.push({ kind: "log", level, text });
  }

  finish(): SupervisorStep {
    const { daemonState, stopPlan, ending } = this;
    const { changes: groups } = this.groups;
    const { changes: processes } = this.processes;
    const { changes: pids } = this.pids;
    const { changes: queued } = this.queued;
    const { changes: looking } = this.looking;
    const { changes: programs } = this.programs;
    const { changes: dependents } = this.dependents;
    const { changes: held } = this.held;
    const { changes: upcoming } = this.upcoming;
    const { changes: schedules } = this.schedules;
    return {
      patch: {
        ...(daemonState === this.#base.daemonState ? {} : { daemonState }),
        ...(groups === null ? {} : { groups }),
        ...(processes === null ? {} : { processes }),
        ...(pids === null ? {} : { pids }),
        ...(queued === null ? {} : { queued }),
        ...(looking === null ? {} : { looking }),
        ...(programs === null ? {} : { programs }),
        ...(dependents === null ? {} : { dependents }),
        ...(held === null ? {} : { held }),
        ...(upcoming === null ? {} : { upcoming }),
        ...(schedules === null ? {} : { schedules }),
        ...(stopPlan === null || stopPlan === this.#base.stopPlan ? {} : { stopPlan }),
        ...(ending === null || ending === this.#base.ending ? {} : { ending }),
      },
      effects: this.effects,
    };
  }
}

/** Changes layered over a map: readers see them, and the map itself stays unchanged. */
export class Layer<K, V extends object | string> {
  readonly #base: ReadonlyMap<K, V>;
  #changes: Map<K, V | null> | null = null;

  constructor(base: ReadonlyMap<K, V>) {
    this.#base = base;
  }

  get(key: K): V | null {
    const changed = this.#changes?.get(key);
    return changed === undefined ? (this.#base.get(key) ?? null) : changed;
  }

  has(key: K): boolean {
    return this.get(key) !== null;
  }

  /** @param value null removes the entry */
  set(key: K, value: V | null): void {
    this.#changes ??= new Map();
    this.#changes.set(key, value);
  }

  /** What was set; null when nothing was. */
  get changes(): ReadonlyMap<K, V | null> | null {
    return this.#changes;
  }
}
