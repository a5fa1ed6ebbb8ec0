// The changes of one step over the old state. Nothing is visible outside until the step is complete, so an
// error in the middle leaves the old state intact.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { LogLevel } from "../config/model.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import type { ProcessInput } from "../process/model.ts";
import type {
  Ending,
  EndRules,
  MapName,
  ProcessRecord,
  StopPlan,
  SupervisorEffect,
  SupervisorMaps,
  SupervisorPatch,
  SupervisorState,
  SupervisorStep,
} from "./model.ts";

/** Runs one process through its state machine, with all consequences. */
type Drive = (draft: Draft, key: ProcessKey, input: ProcessInput) => void;

type LayerOf<M> =
  M extends ReadonlyMap<infer K, infer V extends object | string> ? Layer<K, V> : never;

type Layers = { readonly [K in MapName]: LayerOf<SupervisorMaps[K]> };

export class Draft implements Layers {
  /** The state before the step. */
  readonly base: SupervisorState;
  readonly now: Instant;
  readonly offset: OffsetMinutes;
  readonly effects: SupervisorEffect[] = [];
  readonly groups: Layers["groups"];
  readonly processes: Layers["processes"];
  readonly pids: Layers["pids"];
  readonly queued: Layers["queued"];
  readonly resolving: Layers["resolving"];
  readonly programs: Layers["programs"];
  readonly dependents: Layers["dependents"];
  readonly held: Layers["held"];
  readonly upcoming: Layers["upcoming"];
  readonly pending: Layers["pending"];
  readonly schedules: Layers["schedules"];
  daemonState: SupervisorState["daemonState"];
  stopPlan: StopPlan | null;
  readonly rules: EndRules;
  ending: Ending | null;
  /** A process that has ended by itself in this step, or is blocked, without a next start: see ending.ts. */
  lastOver: ProcessKey | null = null;
  /** Dependency names with the processes that have changed: see dependents.ts. */
  readonly touched = new Map<string, Set<ProcessKey>>();
  /** Dependency names of processes that have begun a new run. */
  readonly renewed = new Set<string>();
  /** Processes that are down, for which others may be held. */
  readonly gone: ProcessRecord[] = [];
  readonly #drive: Drive;

  constructor(base: SupervisorState, now: Instant, offset: OffsetMinutes, drive: Drive) {
    this.base = base;
    this.now = now;
    this.offset = offset;
    this.#drive = drive;
    this.groups = new Layer(base.groups);
    this.processes = new Layer(base.processes);
    this.pids = new Layer(base.pids);
    this.queued = new Layer(base.queued);
    this.resolving = new Layer(base.resolving);
    this.programs = new Layer(base.programs);
    this.dependents = new Layer(base.dependents);
    this.held = new Layer(base.held);
    this.upcoming = new Layer(base.upcoming);
    this.pending = new Layer(base.pending);
    this.schedules = new Layer(base.schedules);
    this.daemonState = base.daemonState;
    this.stopPlan = base.stopPlan;
    this.rules = base.rules;
    this.ending = base.ending;
  }

  /** Passes an input to a process, with all consequences. */
  drive(key: ProcessKey, input: ProcessInput): void {
    this.#drive(this, key, input);
  }

  /** Whether a process depends on another one. */
  get hasDependents(): boolean {
    return this.base.dependents.size > 0 || this.dependents.changes !== null;
  }

  get hasHeld(): boolean {
    return this.base.held.size > 0 || this.held.changes !== null;
  }

  /** All processes as they are now. */
  *allProcesses(): Iterable<ProcessRecord> {
    for (const key of this.base.processes.keys()) {
      const record = this.processes.get(key);
      if (record !== null) yield record;
    }
    for (const [key, record] of this.processes.changes ?? []) {
      if (record !== null && !this.base.processes.has(key)) yield record;
    }
  }

  log(level: LogLevel, text: string): void {
    this.effects.push({ kind: "log", level, text });
  }

  finish(): SupervisorStep {
    const { daemonState, stopPlan, ending, effects } = this;
    return {
      patch: {
        ...{ daemonState, stopPlan, ending },
        groups: this.groups.changes,
        processes: this.processes.changes,
        pids: this.pids.changes,
        queued: this.queued.changes,
        resolving: this.resolving.changes,
        programs: this.programs.changes,
        dependents: this.dependents.changes,
        held: this.held.changes,
        upcoming: this.upcoming.changes,
        pending: this.pending.changes,
        schedules: this.schedules.changes,
      },
      effects,
    };
  }
}

/** Changes over a map, which itself stays unchanged. */
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

  /** The changed entries; null for none. */
  get changes(): ReadonlyMap<K, V | null> | null {
    return this.#changes;
  }
}

/** The state of a running daemon, changed only by `commit`. */
export type LiveState = {
  -readonly [K in "daemonState" | "stopPlan" | "ending"]: SupervisorState[K];
} & { readonly rules: EndRules } & {
  readonly [K in MapName]: SupervisorMaps[K] extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : never;
};

/** A live copy of a state. */
export function liveState(state: SupervisorState): LiveState {
  return {
    ...state,
    groups: new Map(state.groups),
    processes: new Map(state.processes),
    pids: new Map(state.pids),
    queued: new Map(state.queued),
    resolving: new Map(state.resolving),
    programs: new Map(state.programs),
    dependents: new Map(state.dependents),
    held: new Map(state.held),
    upcoming: new Map(state.upcoming),
    pending: new Map(state.pending),
    schedules: new Map(state.schedules),
  };
}

/** Applies a patch. */
export function commit(state: LiveState, patch: SupervisorPatch): void {
  state.daemonState = patch.daemonState;
  state.stopPlan = patch.stopPlan;
  state.ending = patch.ending;
  merge(state.groups, patch.groups);
  merge(state.processes, patch.processes);
  merge(state.pids, patch.pids);
  merge(state.queued, patch.queued);
  merge(state.resolving, patch.resolving);
  merge(state.programs, patch.programs);
  merge(state.dependents, patch.dependents);
  merge(state.held, patch.held);
  merge(state.upcoming, patch.upcoming);
  merge(state.pending, patch.pending);
  merge(state.schedules, patch.schedules);
}

function merge<K, V>(target: Map<K, V>, changes: ReadonlyMap<K, V | null> | null): void {
  if (changes === null) return;
  for (const [key, value] of changes) {
    if (value === null) target.delete(key);
    else target.set(key, value);
  }
}
