// Performs the effects of the reducer: starts and signals programs, and notifies the observer.

import type { ProcessKey } from "../../core/base/ids.ts";
import { assertNever, thrownMessage, thrownStack } from "../../core/base/result.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { type LogText, linesOf } from "../../core/logs/log-text.ts";
import { messages } from "../../core/process/messages.ts";
import type { CheckPurpose, Notice, StateChange } from "../../core/process/model.ts";
import type {
  GroupRecord,
  ProcessRecord,
  StartOutcome,
  SupervisorEffect,
  SupervisorInput,
  SupervisorState,
} from "../../core/supervisor/model.ts";
import type { Spawner } from "../../ports/spawner.ts";
import { type Checks, checkOf } from "./checks.ts";
import type { Children } from "./children.ts";

/** Receives what happens, after the state has been committed. */
export interface LoopObserver {
  changed(key: ProcessKey, change: StateChange): void;
  noticed(key: ProcessKey, notice: Notice): void;
  groupAdded(group: GroupRecord, processes: readonly ProcessRecord[]): void;
  groupRemoved(name: string, keys: readonly ProcessKey[]): void;
  processesAdded(processes: readonly ProcessRecord[]): void;
  processRemoved(key: ProcessKey): void;
  /** The program executes. */
  executes(key: ProcessKey): void;
  /** The outcome of a queued start. */
  startSettled(key: ProcessKey, outcome: StartOutcome): void;
  stopping(): void;
  allStopped(): void;
}

interface EffectsDeps {
  readonly state: SupervisorState;
  readonly spawner: Spawner;
  readonly children: Children;
  readonly checks: Checks;
  readonly log: (level: LogLevel, text: LogText) => void;
  readonly observer: LoopObserver;
  /** Handles an input in the present turn. */
  readonly now: (input: SupervisorInput) => void;
  /** Handles an input in a turn of its own. */
  readonly later: (input: SupervisorInput) => void;
}

/** Performs effects. Outcomes are inputs of the same turn, or of a later one if the host needs time. */
export class Effects {
  readonly #deps: EffectsDeps;

  constructor(deps: EffectsDeps) {
    this.#deps = deps;
  }

  perform(effect: SupervisorEffect): void {
    const { children, checks, log, observer } = this.#deps;
    switch (effect.kind) {
      case "resolve":
        this.#resolve(effect.key);
        return;
      case "start-settled":
        observer.startSettled(effect.key, effect.outcome);
        return;
      case "spawn":
        this.#spawn(effect.key);
        return;
      case "abandon":
        children.abandon(effect.key);
        return;
      case "give-up-start":
        this.#giveUpStart(effect.key);
        return;
      case "executes":
        observer.executes(effect.key);
        return;
      case "check":
        this.#check(effect.key, effect.pid, effect.about);
        return;
      case "cancel-check":
        checks.cancel(effect.key);
        return;
      case "kill":
        this.#kill(effect.key, effect.pid, effect.signal, effect.target);
        return;
      case "signal":
        this.#signal(effect.key, effect.pid, effect.signal);
        return;
      case "release":
        children.release(effect.key);
        return;
      case "changed":
        observer.changed(effect.key, effect.change);
        return;
      case "notice":
        observer.noticed(effect.key, effect.notice);
        return;
      case "group-added": {
        const group = this.#deps.state.groups.get(effect.name);
        if (group !== undefined) observer.groupAdded(group, this.#records(group.keys));
        return;
      }
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

  #records(keys: readonly ProcessKey[]): readonly ProcessRecord[] {
    return keys.flatMap((key) => this.#deps.state.processes.get(key) ?? []);
  }

  #spawn(key: ProcessKey): void {
    const { state, children, now } = this.#deps;
    const record = state.processes.get(key);
    if (record === undefined) return;
    const outcome = this.#outcome();
    try {
      children.start(record, (started) =>
        outcome.post(
          started.ok
            ? { kind: "spawned", key, pid: started.value }
            : { kind: "spawn-failed", key, ...started.error },
        ),
      );
    } catch (error) {
      // An error is an outcome too: the process must not wait for a pid that never comes.
      children.abandon(key);
      this.#logError(`spawning ${key}`, error);
      const text = `unknown error spawning '${record.config.name}': ${thrownMessage(error)}`;
      now({ kind: "spawn-failed", key, text });
    } finally {
      outcome.isLate = true;
    }
  }

  /** After an internal error, the start itself finds out whether the file can be executed. */
  #resolve(key: ProcessKey): void {
    const { state, children, now } = this.#deps;
    const record = state.processes.get(key);
    if (record === undefined) return;
    const outcome = this.#outcome();
    try {
      children.resolve(record, (problem) => {
        // A process that was removed and added again meanwhile may have another command.
        const isSame = state.processes.get(key)?.config === record.config;
        if (isSame) outcome.post({ kind: "resolved", key, problem });
      });
    } catch (error) {
      this.#logError(`finding the file of ${key}`, error);
      now({ kind: "resolved", key, problem: null });
    } finally {
      outcome.isLate = true;
    }
  }

  /** Posts an input in this turn, or in one of its own if it is late. */
  #outcome(): { isLate: boolean; post(input: SupervisorInput): void } {
    const { now, later } = this.#deps;
    const outcome = {
      isLate: false,
      post: (input: SupervisorInput) => (outcome.isLate ? later(input) : now(input)),
    };
    return outcome;
  }

  #logError(what: string, error: unknown): void {
    this.#deps.log("CRIT", linesOf(`internal error while ${what}: ${thrownStack(error)}`));
  }

  #check(key: ProcessKey, pid: number, about: CheckPurpose): void {
    const { state, checks, later } = this.#deps;
    const record = state.processes.get(key);
    const check = record === undefined ? null : checkOf(record.config, about);
    if (record === undefined || check === null) return;
    try {
      checks.begin(record, check, (outcome) => later({ kind: "checked", key, pid, ...outcome }));
    } catch (error) {
      // Without a result, the state machine would wait for ever.
      this.#logError(`checking ${record.config.name}`, error);
      later({ kind: "checked", key, pid, ok: false, text: "internal error", byHost: true });
    }
  }

  /** A failure changes nothing. */
  #signal(key: ProcessKey, pid: number, signal: number): void {
    const outcome = this.#deps.spawner.kill(pid, signal, "process");
    if (outcome === "sent") return;
    const name = this.#deps.state.processes.get(key)?.config.name ?? key;
    if (outcome === "gone") this.#deps.log("DEBG", messages.signalGone(name, pid));
    else this.#deps.log("CRIT", messages.signalFailed(name, pid, outcome.errno));
  }

  #giveUpStart(key: ProcessKey): void {
    const text = this.#deps.children.giveUp(key);
    if (text !== null) this.#deps.now({ kind: "spawn-failed", key, text, byHost: true });
  }

  #kill(key: ProcessKey, pid: number, signal: number, target: "process" | "group"): void {
    const outcome = this.#deps.spawner.kill(pid, signal, target);
    if (outcome === "sent") return;
    const name = this.#deps.state.processes.get(key)?.config.name ?? key;
    if (outcome === "gone") this.#deps.log("DEBG", messages.killGone(name, pid));
    else this.#deps.now({ kind: "kill-failed", key, errno: outcome.errno });
  }
}
