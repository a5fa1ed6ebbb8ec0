// The heart: inputs enter one mailbox, each is decided by core/supervisor/step and its effects performed before the
// next is looked at. Owns the state, the deadlines and the single alarm.

import { assertNever } from "../../core/base/assert.ts";
import type { ProcessKey } from "../../core/base/ids.ts";
import { err, type Result } from "../../core/base/result.ts";
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
import { commit, createLiveState, type LiveState } from "./live-state.ts";

/** What the daemon wants to know as it happens. Called after the state has been committed. */
export interface LoopObserver {
  changed(key: ProcessKey, change: StateChange): void;
  groupAdded(group: GroupRecord, processes: readonly ProcessRecord[]): void;
  groupRemoved(name: string, keys: readonly ProcessKey[]): void;
  processesAdded(processes: readonly ProcessRecord[]): void;
  processRemoved(key: ProcessKey): void;
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

export class Loop {
  readonly #deps: LoopDeps;
  readonly #state: LiveState = createLiveState();
  readonly #deadlines = new DeadlineIndex();
  readonly #mailbox: SupervisorInput[] = [];
  /** Work that may wait for I/O: starts. */
  readonly #backlog: (() => void)[] = [];
  #turning = false;
  #deferred = false;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
    deps.clock.onAlarm(() => this.#runSoon());
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
    this.#reapDead();
    this.#runSoon();
  }

  #reapDead(): void {
    for (const dead of this.#deps.spawner.reap()) {
      this.post({ kind: "child-died", pid: dead.pid, outcome: dead });
    }
  }

  #runSoon(): void {
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
      // Deaths first: a program that is dead already must not be declared RUNNING, also when the word of it is late.
      if (!hasReaped && this.#isDue(now)) {
        this.#reapDead();
        hasReaped = true;
      }
      if (!this.#deadlineOnce(now) && !this.#workOnce()) break;
      if (now >= end) {
        this.#runSoon();
        return;
      }
    }
    const plan = this.#state.stopPlan;
    if (plan !== null && plan.reportAt <= clock.now().mono) this.post({ kind: "report-waiting" });
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

  #workOnce(): boolean {
    const work = this.#backlog.shift();
    if (work === undefined) return false;
    this.#guard("doing queued work", work);
    return true;
  }

  /** An error in one thing is logged and leaves the others. */
  #guard(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#deps.log("CRIT", `internal error while ${what}: ${errorText(error)}`);
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
    const waiting = plan !== null && plan.wave < plan.waves.length;
    if (waiting && (at === null || plan.reportAt < at)) at = plan.reportAt;
    this.#deps.clock.setAlarm(at);
  }

  #turn(input: SupervisorInput): void {
    this.#guard(`handling "${input.kind}"`, () => {
      const { patch, effects } = step(this.#state, input, this.#deps.clock.now());
      commit(this.#state, patch);
      this.#noteDeadlines(patch);
      for (const effect of effects) {
        this.#guard(`performing "${effect.kind}"`, () => this.#perform(effect));
      }
    });
  }

  #noteDeadlines(patch: SupervisorPatch): void {
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
      case "processes-added":
        observer.processesAdded(this.#records(effect.keys));
        return;
      case "process-removed":
        observer.processRemoved(effect.key);
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
    this.#deps.observer.groupAdded(group, this.#records(group.keys));
  }

  #records(keys: readonly ProcessKey[]): readonly ProcessRecord[] {
    return keys.flatMap((key) => this.#state.processes.get(key) ?? []);
  }

  /** The outcome is handled in this same turn: no input falls between "asked" and "up". */
  #spawn(key: ProcessKey): void {
    const record = this.#state.processes.get(key);
    if (record === undefined) return;
    const result = this.#trySpawn(record);
    if (result.ok) this.#turn({ kind: "spawned", key, pid: result.value });
    else this.#turn({ kind: "spawn-failed", key, text: result.error });
  }

  /** An error is an outcome too: the process must not wait for a pid that never comes. */
  #trySpawn(record: ProcessRecord): Result<number, string> {
    try {
      return this.#deps.children.spawn(record);
    } catch (error) {
      this.#deps.log("CRIT", `internal error while spawning ${record.key}: ${errorText(error)}`);
      const reason = error instanceof Error ? error.message : String(error);
      return err(`unknown error spawning '${record.config.name}': ${reason}`);
    }
  }

  #kill(key: ProcessKey, pid: number, signal: number, target: "process" | "group"): void {
    const outcome = this.#deps.spawner.kill(pid, signal, target);
    if (outcome === "sent") return;
    const name = this.#state.processes.get(key)?.config.name ?? key;
    if (outcome === "gone") this.#deps.log("DEBG", messages.killGone(name, pid));
    else this.#turn({ kind: "kill-failed", key, errno: outcome.errno });
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
