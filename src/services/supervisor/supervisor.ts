// Supervision as a service: the commands of clients on one side, the loop on the other.

import { type ProcessKey, processKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { diffGroups } from "../../core/config/diff.ts";
import type { Config, ConfigError } from "../../core/config/model.ts";
import type { LocalTime } from "../../core/logs/record.ts";
import { messages } from "../../core/process/messages.ts";
import { pidOf } from "../../core/process/model.ts";
import { isRunningState, isSignallableState, isStoppedState } from "../../core/process/states.ts";
import type { GroupRecord, ProcessRecord } from "../../core/supervisor/model.ts";
import { groupsInStartOrder } from "../../core/supervisor/order.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import type { GroupView, ProcessInfo, ProcessView, RereadChanges, SupervisorApi } from "./api.ts";
import { Children, type ChildrenDeps } from "./children.ts";
import { Loop } from "./loop.ts";
import { PendingStarts } from "./pending-starts.ts";
import { type Answer, DONE, nameOf, startVerdict, stopVerdict } from "./verdicts.ts";
import { groupView, processInfo, processView } from "./views.ts";
import { Waiters } from "./waiters.ts";

export interface SupervisorDeps extends Omit<ChildrenDeps, "logs"> {
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  readonly localTime: (wallMs: number) => LocalTime;
  /** Runs a callback after pending I/O had its turn. */
  readonly defer: (run: () => void) => void;
  readonly config: Config;
  /** Reads the configuration file anew. */
  readonly readConfig: () => Result<Config, ConfigError>;
  /** Everything has stopped: the daemon starts over with the configuration that was checked, or ends (null). */
  readonly onAllStopped: (next: Config | null) => void;
}

export class Supervisor implements SupervisorApi {
  readonly #deps: SupervisorDeps;
  readonly #loop: Loop;
  readonly #children: Children;
  readonly #waiters = new Waiters();
  readonly #pending = new PendingStarts();
  #config: Config;
  /** What a restart will start over with. */
  #next: Config | null = null;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#config = deps.config;
    this.#children = new Children(deps);
    this.#loop = new Loop({
      clock: deps.clock,
      spawner: deps.spawner,
      children: this.#children,
      defer: deps.defer,
      log: (level, text) => deps.activity.log(level, text),
      observer: {
        changed: (key) => this.#waiters.tell(key),
        groupAdded: ({ config }, processes) =>
          this.#addLogs(processes, config.kind === "eventlistener"),
        groupRemoved: (_name, keys) => this.#forget(keys),
        stopping: () => {},
        allStopped: () => {
          deps.onAllStopped(this.#loop.state.mood === "RESTARTING" ? this.#next : null);
        },
      },
    });
  }

  /** Adds every group of the configuration, then starts what has autostart. @returns when all were told to start */
  begin(): Promise<void> {
    for (const config of this.#config.groups) this.#loop.post({ kind: "add-group", config });
    for (const config of this.#config.groups) this.#autostart(config.name);
    return new Promise((resolve) => this.#loop.enqueue(resolve));
  }

  /** SIGCHLD. */
  childrenDied(): void {
    this.#loop.reap();
  }

  state(): ReturnType<SupervisorApi["state"]> {
    return this.#loop.state.mood;
  }

  identifier(): string {
    return this.#config.daemon.identifier;
  }

  config(): Config {
    return this.#config;
  }

  groups(): readonly GroupView[] {
    return groupsInStartOrder(this.#loop.state).map((group) => this.#groupView(group));
  }

  group(name: string): GroupView | null {
    const group = this.#loop.state.groups.get(name);
    return group === undefined ? null : this.#groupView(group);
  }

  process(group: string, name: string): ProcessView | null {
    const record = this.#record(processKey(group, name));
    return record === null ? null : this.#view(record);
  }

  info(key: ProcessKey): ProcessInfo | null {
    const record = this.#record(key);
    if (record === null) return null;
    const { clock, localTime, logs } = this.#deps;
    return processInfo(record, clock.now(), localTime, (channel) => logs.path(key, channel));
  }

  start(key: ProcessKey, wait: boolean): Promise<Answer> {
    const pending = this.#pending.add(key);
    return new Promise((resolve, reject) => {
      this.#loop.enqueue(() => {
        try {
          const wanted = pending.take();
          resolve(wanted ? this.#startNow(key, wait) : this.#startCancelled(key));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  stop(key: ProcessKey, wait: boolean): Promise<Answer> {
    const record = this.#record(key);
    if (record === null) return Promise.resolve(err(fault("BAD_NAME", key)));
    if (!this.#view(record).stoppable) {
      return Promise.resolve(err(fault("NOT_RUNNING", nameOf(record))));
    }
    this.#pending.cancel(key);
    this.#loop.post({ kind: "stop", key });
    const verdict = (): Answer | undefined => stopVerdict(this.#record(key));
    const now = verdict();
    if (now !== undefined) return Promise.resolve(now);
    if (!wait) return Promise.resolve(DONE);
    this.#deps.activity.log("INFO", `waiting for ${record.config.name} to stop`);
    return this.#waiters.wait(key, verdict);
  }

  signal(key: ProcessKey, signal: number): Answer {
    const record = this.#record(key);
    if (record === null) return err(fault("BAD_NAME", key));
    const { name } = record.config;
    const { activity, spawner } = this.#deps;
    if (!isSignallableState(record.state.phase.kind)) {
      activity.log("DEBG", messages.signalNotRunning(name, signal));
      return err(fault("NOT_RUNNING", nameOf(record)));
    }
    const pid = pidOf(record.state);
    activity.log("DEBG", messages.signalling(name, pid, signal));
    const outcome = spawner.kill(pid, signal, "process");
    if (outcome === "sent") return DONE;
    if (outcome === "gone") {
      activity.log("DEBG", messages.signalGone(name, pid));
      return DONE;
    }
    const text = messages.signalFailed(name, pid, outcome.errno);
    activity.log("CRIT", text);
    return err(fault("FAILED", text));
  }

  writeStdin(key: ProcessKey, bytes: Uint8Array): Answer {
    const record = this.#record(key);
    if (record === null) return err(fault("BAD_NAME", key));
    const { kind } = record.state.phase;
    const name = nameOf(record);
    if (kind !== "STARTING" && kind !== "RUNNING") return err(fault("NOT_RUNNING", name));
    switch (this.#children.writeStdin(key, bytes)) {
      case "accepted":
        return DONE;
      case "closed":
        return err(fault("NO_FILE", name));
      case "full":
        return err(fault("FAILED", `${name} does not read its stdin: 1 MB is waiting already`));
    }
  }

  addGroup(name: string): Answer {
    if (this.#loop.state.groups.has(name)) return err(fault("ALREADY_ADDED", name));
    const config = this.#config.groups.find((group) => group.name === name);
    if (config === undefined) return err(fault("BAD_NAME", name));
    this.#loop.post({ kind: "add-group", config });
    this.#autostart(name);
    return DONE;
  }

  removeGroup(name: string): Answer {
    const group = this.group(name);
    if (group === null) return err(fault("BAD_NAME", name));
    if (group.processes.some((process) => !isStoppedState(process.state))) {
      return err(fault("STILL_RUNNING", name));
    }
    this.#loop.post({ kind: "remove-group", name });
    return DONE;
  }

  reread(): Result<RereadChanges, Fault> {
    const config = this.#deps.readConfig();
    if (!config.ok) return err(fault("CANT_REREAD", config.error.text));
    this.#config = config.value;
    const active = [...this.#loop.state.groups.values()].map((group) => group.config);
    return ok(diffGroups(active, config.value.groups));
  }

  shutdown(): void {
    this.#loop.post({ kind: "stop-everything", mood: "SHUTDOWN" });
  }

  restart(): Answer {
    const config = this.#deps.readConfig();
    if (!config.ok) {
      const text = `not restarting, the new configuration has an error: ${config.error.text}`;
      this.#deps.activity.log("CRIT", text);
      return err(fault("CANT_REREAD", config.error.text));
    }
    this.#next = config.value;
    this.#loop.post({ kind: "stop-everything", mood: "RESTARTING" });
    return DONE;
  }

  remoteCommEvent(type: string, data: string): void {
    this.#deps.activity.log(
      "DEBG",
      `remote communication event ${type}, ${data.length} characters`,
    );
  }

  #autostart(group: string): void {
    for (const key of this.#loop.state.groups.get(group)?.keys ?? []) {
      const pending = this.#pending.add(key);
      this.#loop.enqueue(() => {
        if (pending.take()) this.#loop.post({ kind: "autostart", key });
      });
    }
  }

  #startCancelled(key: ProcessKey): Answer {
    const record = this.#record(key);
    return err(
      record === null ? fault("BAD_NAME", key) : fault("ABNORMAL_TERMINATION", nameOf(record)),
    );
  }

  #startNow(key: ProcessKey, wait: boolean): Answer | Promise<Answer> {
    const record = this.#record(key);
    if (record === null) return err(fault("BAD_NAME", key));
    const refusal = this.#refuseStart(record);
    if (refusal !== null) return err(refusal);
    this.#loop.post({ kind: "start", key });
    const verdict = (): Answer | undefined => startVerdict(this.#record(key), nameOf(record));
    const now = verdict();
    if (now !== undefined) return now;
    return wait ? this.#waiters.wait(key, verdict) : DONE;
  }

  #refuseStart(record: ProcessRecord): Fault | null {
    if (this.#loop.state.mood !== "RUNNING") return fault("SHUTDOWN_STATE");
    const found = this.#children.find(record);
    if (!found.ok) {
      const name = found.error.kind === "not-found" ? "NO_FILE" : "NOT_EXECUTABLE";
      return fault(name, found.error.text);
    }
    const { kind } = record.state.phase;
    const name = nameOf(record);
    if (isRunningState(kind)) return fault("ALREADY_STARTED", name);
    if (kind === "UNKNOWN") return fault("FAILED", `${name} is in an unknown process state`);
    if (kind === "STOPPING") {
      this.#deps.activity.log("WARN", messages.alreadyRunning(record.config.name));
      return fault("ABNORMAL_TERMINATION", name);
    }
    return null;
  }

  #addLogs(processes: readonly ProcessRecord[], isEventListener: boolean): void {
    for (const { key, group, config } of processes) {
      const { name, redirectStderr, stdout, stderr } = config;
      const logged = { key, name, group, redirectStderr, stdout, stderr, isEventListener };
      this.#deps.logs.addProcess(logged);
    }
  }

  #forget(keys: readonly ProcessKey[]): void {
    for (const key of keys) {
      this.#deps.logs.removeProcess(key);
      this.#waiters.tell(key);
    }
  }

  #record(key: ProcessKey): ProcessRecord | null {
    return this.#loop.state.processes.get(key) ?? null;
  }

  #view(record: ProcessRecord): ProcessView {
    return processView(record, this.#pending.has(record.key));
  }

  #groupView(group: GroupRecord): GroupView {
    return groupView(group, this.#loop.state, (key) => this.#pending.has(key));
  }
}
