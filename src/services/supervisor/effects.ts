// Performs the effects of the reducer: starts and signals programs, and notifies logs, events, waiting commands
// and live pages.

import type { ProcessKey } from "../../core/base/ids.ts";
import { assertNever, thrownMessage, thrownStack } from "../../core/base/result.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { type LogText, linesOf } from "../../core/logs/log-text.ts";
import { endsLeftovers } from "../../core/process/leftovers.ts";
import { messages } from "../../core/process/messages.ts";
import {
  type CheckPurpose,
  type HookName,
  pidOf,
  type StateChange,
} from "../../core/process/model.ts";
import { SIGKILL } from "../../core/process/signals.ts";
import {
  livePid,
  type ProcessRecord,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
} from "../../core/supervisor/model.ts";
import type { Leftovers } from "../../ports/leftovers.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { EventWriter } from "../event-log/api.ts";
import type { EventsApi } from "../events/api.ts";
import type { LoggedProcess, LogsApi } from "../logs/api.ts";
import { type Checks, checkOf } from "./checks.ts";
import type { Children } from "./children.ts";
import type { Hooks } from "./hooks.ts";
import type { StartRequests, Waiters } from "./waiters.ts";

export interface EffectsDeps {
  readonly state: SupervisorState;
  readonly spawner: Spawner;
  readonly children: Children;
  readonly checks: Checks;
  readonly hooks: Pick<Hooks, "begin" | "has" | "cancel">;
  readonly log: (level: LogLevel, text: LogText) => void;
  readonly logs: Pick<LogsApi, "addProcess" | "removeProcess" | "replaceProcess">;
  readonly events: EventsApi;
  readonly eventLog: EventWriter;
  readonly waiters: Waiters;
  readonly requests: Pick<StartRequests, "settle">;
  /** What is watched of a process: its memory, its files. */
  readonly watches: { changed(key: ProcessKey): void };
  readonly leftovers: Leftovers;
  readonly allStopped: () => void;
  /** Handles an input in the present turn. */
  readonly now: (input: SupervisorInput) => void;
  /** Handles an input in a turn of its own. */
  readonly later: (input: SupervisorInput) => void;
}

/** Performs effects. Outcomes are inputs of the same turn, or of a later one if the host needs time. */
export class Effects {
  readonly #deps: EffectsDeps;
  #hasNotedCgroups = false;

  constructor(deps: EffectsDeps) {
    this.#deps = deps;
  }

  /** The state has been committed. Logs are notified before events, some of which contain output. */
  perform(effect: SupervisorEffect): void {
    const { state, children, checks, events, eventLog, logs, waiters } = this.#deps;
    switch (effect.kind) {
      case "resolve":
        this.#resolve(effect.key);
        return;
      case "start-settled":
        this.#deps.requests.settle(effect.key, effect.outcome);
        waiters.notify(effect.key);
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
      case "executes": {
        const { key } = effect;
        const record = state.processes.get(key);
        waiters.notify(key);
        eventLog.append({ kind: "executes", key, pid: record ? pidOf(record.state) : 0 });
        return;
      }
      case "check":
        this.#check(effect.key, effect.pid, effect.about);
        return;
      case "cancel-check":
        checks.cancel(effect.key);
        return;
      case "hook":
        this.#hook(effect.key, effect.name);
        return;
      case "cancel-hook":
        this.#deps.hooks.cancel(effect.key);
        waiters.notify(effect.key);
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
      case "end-left":
        this.#endLeft(effect.key, effect.pid, effect.mayFinish);
        return;
      case "changed":
        this.#changed(effect.key, effect.change);
        return;
      case "notice": {
        const { key, notice } = effect;
        const record = state.processes.get(key);
        if (record !== undefined) events.processNoticed(record, notice);
        eventLog.append({ kind: "notice", key, notice });
        return;
      }
      case "group-added":
        this.#groupAdded(effect.name);
        return;
      case "group-removed":
        this.#forget(effect.keys);
        events.groupRemoved(effect.name);
        eventLog.append({ kind: "group-removed", group: effect.name });
        return;
      case "processes-added":
        addLogs(logs, this.#records(effect.keys), false);
        for (const record of this.#records(effect.keys)) children.sockets.keep(record);
        for (const key of effect.keys) eventLog.append({ kind: "process-added", key });
        return;
      case "process-removed":
        this.#forget([effect.key]);
        eventLog.append({ kind: "process-removed", key: effect.key });
        return;
      case "configured":
        this.#configured(effect.key, effect.hasNewLogs);
        return;
      case "stopping":
        events.supervisorChanged("STOPPING");
        eventLog.append({ kind: "stopping" });
        return;
      case "all-stopped":
        this.#deps.allStopped();
        return;
      case "log":
        this.#deps.log(effect.level, effect.text);
        return;
      default:
        assertNever(effect);
    }
  }

  /** Repeats what event listeners may not have been told of an effect. */
  announce(effect: SupervisorEffect): void {
    if (effect.kind === "group-added") this.#announceGroup(effect.name);
    else if (effect.kind === "group-removed") this.#deps.events.groupRemoved(effect.name);
    else this.perform(effect);
  }

  #changed(key: ProcessKey, change: StateChange): void {
    const { state, events, eventLog, watches, waiters } = this.#deps;
    const record = state.processes.get(key);
    if (record !== undefined) events.processChanged(record, change);
    watches.changed(key);
    waiters.notify(key);
    eventLog.append({ kind: "state", key, ...change });
  }

  #groupAdded(name: string): void {
    const { state, children, eventLog, logs } = this.#deps;
    const group = state.groups.get(name);
    if (group === undefined) return;
    addLogs(logs, this.#records(group.keys), group.config.kind === "eventlistener");
    for (const record of this.#records(group.keys)) children.sockets.keep(record);
    this.#announceGroup(name);
    eventLog.append({ kind: "group-added", group: name });
    for (const key of group.keys) this.#deps.waiters.notify(key);
  }

  #configured(key: ProcessKey, hasNewLogs: boolean): void {
    const { state, children, eventLog, logs, watches, waiters } = this.#deps;
    const record = state.processes.get(key);
    if (record === undefined) return;
    if (hasNewLogs) {
      const isEventListener = state.groups.get(record.group)?.config.kind === "eventlistener";
      logs.replaceProcess(loggedProcess(record, isEventListener));
    }
    children.sockets.keep(record);
    watches.changed(key);
    waiters.notify(key);
    eventLog.append({ kind: "configured", key });
  }

  #announceGroup(name: string): void {
    const { state, events } = this.#deps;
    const group = state.groups.get(name);
    if (group !== undefined) events.groupAdded(group.config, this.#records(group.keys));
  }

  #forget(keys: readonly ProcessKey[]): void {
    const { state, children, logs, watches, waiters } = this.#deps;
    for (const key of keys) {
      children.forget(key);
      // It may have been removed and added in one decision: then its sockets stay open.
      const added = state.processes.get(key);
      if (added === undefined) children.sockets.forget(key);
      else children.sockets.keep(added);
      logs.removeProcess(key);
      watches.changed(key);
      waiters.notify(key);
    }
  }

  #records(keys: readonly ProcessKey[]): readonly ProcessRecord[] {
    return keys.flatMap((key) => this.#deps.state.processes.get(key) ?? []);
  }

  #spawn(key: ProcessKey): void {
    const { state, children, now } = this.#deps;
    const record = state.processes.get(key);
    if (record === undefined) return;
    if (record.config.killMode === "cgroup") this.#noteCgroups();
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

  /** Says once if programs can have no cgroups. */
  #noteCgroups(): void {
    if (this.#hasNotedCgroups) return;
    this.#hasNotedCgroups = true;
    const problem = this.#deps.leftovers.cgroupProblem();
    if (problem !== null) this.#deps.log("INFO", messages.noCgroups(problem));
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

  #hook(key: ProcessKey, name: HookName): void {
    const { state, hooks, later } = this.#deps;
    const record = state.processes.get(key);
    if (record === undefined) return;
    // It may end the program without a signal.
    if (name === "pre_stop" || name === "stop_command") this.#remember(record);
    try {
      hooks.begin(record, name, ({ ok, text }) =>
        later({ kind: "hook-ended", key, name, ok, text }),
      );
    } catch (error) {
      this.#logError(`beginning ${name} of ${record.config.name}`, error);
      later({ kind: "hook-ended", key, name, ok: false, text: "internal error" });
    }
  }

  /** Begins the hooks that a predecessor, or an upgrade that failed, has left in the state. */
  repeatHooks(): void {
    for (const { key, state } of [...this.#deps.state.processes.values()]) {
      if (state.hook !== null && !this.#deps.hooks.has(key)) this.#hook(key, state.hook.name);
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
    const outcome = this.#deps.children.giveUp(key);
    if (outcome === null) return;
    if (outcome === "continues") this.#deps.now({ kind: "spawn-waits", key });
    else if (outcome === "held") this.#deps.now({ kind: "spawn-again", key });
    else this.#deps.now({ kind: "spawn-failed", key, ...outcome, byHost: true });
  }

  /** Ends what a process has left that has exited. */
  #endLeft(key: ProcessKey, pid: number, mayFinish: boolean): void {
    const { state, leftovers, later } = this.#deps;
    // Another mode may have been given meanwhile: then the tree tells.
    const isCgroup = state.processes.get(key)?.config.killMode === "cgroup";
    const program = { key, pid, mayFinish, isMain: (other: number) => state.pids.has(other) };
    leftovers.endLeft({ ...program, killMode: isCgroup ? "cgroup" : "tree" }, (left) =>
      later({ kind: "left-ended", key, ...left }),
    );
  }

  /** Remembers the descendants of a process that is about to be stopped. */
  #remember(record: ProcessRecord): void {
    const pid = livePid(record);
    if (pid !== 0 && endsLeftovers(record.config)) this.#deps.leftovers.remember(record.key, pid);
  }

  #kill(key: ProcessKey, pid: number, signal: number, target: "process" | "group"): void {
    const record = this.#deps.state.processes.get(key);
    if (record !== undefined && record.exit !== null) {
      // It is reaped, and only what it has left can be killed.
      if (signal === SIGKILL) this.#deps.leftovers.killLeft(key);
      return;
    }
    if (record !== undefined) this.#remember(record);
    const outcome = this.#deps.spawner.kill(pid, signal, target);
    if (outcome === "sent") return;
    const name = this.#deps.state.processes.get(key)?.config.name ?? key;
    if (outcome === "gone") this.#deps.log("DEBG", messages.killGone(name, pid));
    else this.#deps.now({ kind: "kill-failed", key, errno: outcome.errno });
  }
}

/** Adds processes to the logs. */
export function addLogs(
  logs: Pick<LogsApi, "addProcess">,
  processes: readonly ProcessRecord[],
  isEventListener: boolean,
): void {
  for (const record of processes) logs.addProcess(loggedProcess(record, isEventListener));
}

function loggedProcess(
  { key, group, config }: ProcessRecord,
  isEventListener: boolean,
): LoggedProcess {
  const { name, redirectStderr, stdout, stderr, tty: isTerminal, logCreateDirs } = config;
  const { logFormat: format, logTimestamp: time, logRateLimit: limit } = config;
  const lines = { format, time, limit };
  const logged = { key, name, group, redirectStderr, stdout, stderr, lines };
  return { ...logged, isEventListener, isTerminal, makesLogDirs: logCreateDirs };
}
