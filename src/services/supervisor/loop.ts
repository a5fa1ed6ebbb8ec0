// The heart: inputs enter one mailbox, each is decided by core/supervisor/step and its effects performed before the
// next is looked at. Owns the state, the deadlines and the single alarm.

import { assertNever } from "../../core/base/assert.ts";
import type { ProcessKey } from "../../core/base/ids.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { messages } from "../../core/process/messages.ts";
import { deadlineOf, type StateChange } from "../../core/process/model.ts";
import { DeadlineIndex } from "../../core/supervisor/deadline.ts";
import type {
  GroupRecord,
  ProcessRecord,
  SupervisorEffect,
  SupervisorInput,
  SupervisorPatch,
  SupervisorState,
} from "../../core/supervisor/model.ts";
import { step } from "../../core/supervisor/step.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { Children } from "./children.ts";

/** What the daemon wants to know as it happens. Called after the state has been committed. */
export interface LoopObserver {
  changed(key: ProcessKey, change: StateChange): void;
  groupAdded(group: GroupRecord, processes: readonly ProcessRecord[]): void;
  groupRemoved(name: string, keys: readonly ProcessKey[]): void;
  stopping(): void;
  allStopped(): void;
}

export interface LoopDeps {
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly children: Children;
  readonly log: (level: LogLevel, text: string) => void;
  readonly observer: LoopObserver;
  /** Runs a callback after pending I/O had its turn. */
  readonly defer: (run: () => void) => void;
}

/** Spawning blocks; after this many milliseconds of it I/O gets a turn. */
const SLICE_MS = 10;

interface MutableState extends SupervisorState {
  mood: SupervisorState["mood"];
  readonly groups: Map<string, GroupRecord>;
  readonly processes: Map<ProcessKey, ProcessRecord>;
  readonly pids: Map<number, ProcessKey>;
  stopPlan: SupervisorState["stopPlan"];
}

export class Loop {
  readonly #deps: LoopDeps;
  readonly #state: MutableState;
  readonly #deadlines = new DeadlineIndex();
  readonly #mailbox: SupervisorInput[] = [];
  /** Work that may wait for I/O: starts. */
  readonly #backlog: (() => void)[] = [];
  #turning = false;
  #deferred = false;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
    this.#state = {
      mood: "RUNNING",
      groups: new Map(),
      processes: new Map(),
      pids: new Map(),
      stopPlan: null,
    };
    deps.clock.onAlarm(() => this.#onAlarm());
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /** Handles an input, and whatever it leads to, before it returns (unless a turn is under way already). */
  post(input: SupervisorInput): void {
    this.#mailbox.push(input);
    if (this.#turning) return;
    this.#turning = true;
    try {
      for (let next = this.#mailbox.shift(); next; next = this.#mailbox.shift()) this.#turn(next);
    } finally {
      this.#turning = false;
    }
    this.#armAlarm();
  }

  /** Runs work that spawns, in slices, so that a thousand starts never keep a client waiting. */
  enqueue(work: () => void): void {
    this.#backlog.push(work);
    this.#runSoon();
  }

  /** SIGCHLD: learns of every death, then lets the deadlines that became due have their turn. */
  reap(): void {
    for (const dead of this.#deps.spawner.reap()) {
      this.post({ kind: "child-died", pid: dead.pid, outcome: dead });
    }
    this.#runSoon();
  }

  #onAlarm(): void {
    // Deaths first: a program that is already dead must not be declared RUNNING.
    this.reap();
  }

  #runSoon(): void {
    if (this.#deferred || this.#turning) return;
    this.#deferred = true;
    this.#deps.defer(() => {
      this.#deferred = false;
      this.#runSlice();
    });
  }

  #runSlice(): void {
    const { clock } = this.#deps;
    const end = clock.now().mono + SLICE_MS;
    const current = (key: ProcessKey) => this.#deadline(key);
    for (;;) {
      const now = clock.now().mono;
      const due = this.#deadlines.takeDue(now, current);
      if (due !== null) this.post({ kind: "deadline", key: due });
      else if (!this.#workOnce()) break;
      if (now >= end) {
        this.#runSoon();
        return;
      }
    }
    const plan = this.#state.stopPlan;
    if (plan !== null && plan.reportAt <= clock.now().mono) this.post({ kind: "report-waiting" });
    this.#armAlarm();
  }

  #workOnce(): boolean {
    const work = this.#backlog.shift();
    if (work === undefined) return false;
    work();
    return true;
  }

  #deadline(key: ProcessKey): number | null {
    const record = this.#state.processes.get(key);
    return record === undefined ? null : deadlineOf(record.state);
  }

  #armAlarm(): void {
    let at = this.#deadlines.earliest((key) => this.#deadline(key));
    const plan = this.#state.stopPlan;
    const waiting = plan !== null && plan.wave < plan.waves.length;
    if (waiting && (at === null || plan.reportAt < at)) at = plan.reportAt;
    this.#deps.clock.setAlarm(at);
  }

  #turn(input: SupervisorInput): void {
    try {
      const { patch, effects } = step(this.#state, input, this.#deps.clock.now());
      this.#commit(patch);
      for (const effect of effects) this.#perform(effect);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#deps.log("CRIT", `internal error while handling "${input.kind}": ${text}`);
    }
  }

  #commit(patch: SupervisorPatch): void {
    const state = this.#state;
    if (patch.mood !== undefined) state.mood = patch.mood;
    if (patch.stopPlan !== undefined) state.stopPlan = patch.stopPlan;
    merge(state.groups, patch.groups);
    merge(state.processes, patch.processes);
    merge(state.pids, patch.pids);
    for (const [key, record] of patch.processes ?? []) {
      const at = record === null ? null : deadlineOf(record.state);
      if (at !== null) this.#deadlines.add(key, at);
    }
  }

  #perform(effect: SupervisorEffect): void {
    const { children, log, observer } = this.#deps;
    switch (effect.kind) {
      case "spawn":
        this.#spawn(effect.key);
        return;
      case "kill":
        this.#kill(effect.key, effect.pid, effect.signal, effect.target);
        return;
      case "release":
        children.release(effect.key);
        return;
      case "changed":
        observer.changed(effect.key, effect.change);
        return;
      case "group-added":
        this.#announceGroup(effect.name);
        return;
      case "group-removed":
        observer.groupRemoved(effect.name, effect.keys);
        return;
      case "stopping":
        observer.stopping();
        return;
      case "all-stopped":
        observer.allStopped();
        return;
      case "log":
        log(effect.level, effect.text);
        return;
      default:
        assertNever(effect);
    }
  }

  #announceGroup(name: string): void {
    const group = this.#state.groups.get(name);
    if (group === undefined) return;
    const records: ProcessRecord[] = [];
    for (const key of group.keys) {
      const record = this.#state.processes.get(key);
      if (record !== undefined) records.push(record);
    }
    this.#deps.observer.groupAdded(group, records);
  }

  /** The outcome is handled in this same turn: no input falls between "asked" and "up". */
  #spawn(key: ProcessKey): void {
    const record = this.#state.processes.get(key);
    if (record === undefined) return;
    const result = this.#deps.children.spawn(record);
    if (result.ok) this.#turn({ kind: "spawned", key, pid: result.value });
    else this.#turn({ kind: "spawn-failed", key, text: result.error });
  }

  #kill(key: ProcessKey, pid: number, signal: number, target: "process" | "group"): void {
    const outcome = this.#deps.spawner.kill(pid, signal, target);
    if (outcome === "sent") return;
    const name = this.#state.processes.get(key)?.config.name ?? key;
    if (outcome === "gone") this.#deps.log("DEBG", messages.killGone(name, pid));
    else this.#turn({ kind: "kill-failed", key, errno: outcome.errno });
  }
}

function merge<K, V>(target: Map<K, V>, changes: ReadonlyMap<K, V | null> | undefined): void {
  for (const [key, value] of changes ?? []) {
    if (value === null) target.delete(key);
    else target.set(key, value);
  }
}
