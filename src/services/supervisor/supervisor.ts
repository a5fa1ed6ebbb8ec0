// Supervision as a service: groups, configuration, the end; commands on single processes are in process-commands.ts.

import { type ProcessKey, processKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { diffGroups } from "../../core/config/diff.ts";
import type { Config, ConfigError } from "../../core/config/model.ts";
import type { ProgramStruct } from "../../core/config/program-struct.ts";
import type { LocalTime } from "../../core/logs/record.ts";
import { isStoppedState } from "../../core/process/states.ts";
import type { GroupRecord, ProcessRecord } from "../../core/supervisor/model.ts";
import { groupsInStartOrder } from "../../core/supervisor/order.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { EventsApi } from "../events/api.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import type { GroupView, ProcessInfo, ProcessView, RereadChanges, SupervisorApi } from "./api.ts";
import { Children, type ChildrenDeps } from "./children.ts";
import { Loop } from "./loop.ts";
import { PendingStarts } from "./pending-starts.ts";
import { ProcessCommands } from "./process-commands.ts";
import { RuntimePrograms, type RuntimeProgramsDeps } from "./runtime-programs.ts";
import { type Answer, DONE } from "./verdicts.ts";
import { groupView, processInfo, processView } from "./views.ts";
import { Waiters } from "./waiters.ts";

export interface SupervisorDeps extends Omit<ChildrenDeps, "logs"> {
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  readonly events: EventsApi;
  readonly localTime: (wallMs: number) => LocalTime;
  /** Runs a callback after pending I/O had its turn. */
  readonly defer: (run: () => void) => void;
  readonly config: Config;
  /** Reads the configuration file anew. */
  readonly readConfig: () => Result<Config, ConfigError>;
  readonly readProgram: RuntimeProgramsDeps["readProgram"];
  /** Why the daemon could not start over with a configuration; null when nothing speaks against it. */
  readonly whyUnstartable?: (next: Config) => string | null;
  /** Everything has stopped: the daemon starts over with the configuration that was checked, or ends (null). */
  readonly onAllStopped: (next: Config | null) => void;
  /** A process has changed its state; null when groups came or went. For those who show it. */
  readonly onChange?: (key: ProcessKey | null) => void;
}

export class Supervisor implements SupervisorApi {
  readonly #deps: SupervisorDeps;
  readonly #loop: Loop;
  readonly #waiters = new Waiters();
  readonly #pending = new PendingStarts();
  readonly #commands: ProcessCommands;
  readonly #runtime: RuntimePrograms;
  readonly #children: Children;
  #config: Config;
  /** What a restart will start over with. */
  #next: Config | null = null;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#config = deps.config;
    const children = new Children(deps);
    this.#children = children;
    this.#loop = new Loop({
      clock: deps.clock,
      spawner: deps.spawner,
      children,
      defer: deps.defer,
      log: (level, text) => deps.activity.log(level, text),
      observer: {
        changed: (key, change) => {
          const record = this.#record(key);
          if (record !== null) deps.events.processChanged(record, change);
          this.#waiters.tell(key);
          deps.onChange?.(key);
        },
        groupAdded: ({ config }, processes) => {
          this.#addLogs(processes, config.kind === "eventlistener");
          deps.events.groupAdded(config, processes);
          deps.onChange?.(null);
        },
        groupRemoved: (name, keys) => {
          this.#forget(keys);
          deps.events.groupRemoved(name);
          deps.onChange?.(null);
        },
        processesAdded: (processes) => {
          this.#addLogs(processes, false);
          deps.onChange?.(null);
        },
        processRemoved: (key) => {
          this.#forget([key]);
          deps.onChange?.(null);
        },
        stopping: () => deps.events.supervisorChanged("STOPPING"),
        allStopped: () => {
          deps.onAllStopped(this.#loop.state.mood === "RESTARTING" ? this.#next : null);
        },
      },
    });
    this.#commands = new ProcessCommands({
      loop: this.#loop,
      children,
      waiters: this.#waiters,
      pending: this.#pending,
      spawner: deps.spawner,
      activity: deps.activity,
    });
    this.#runtime = new RuntimePrograms({
      loop: this.#loop,
      pending: this.#pending,
      activity: deps.activity,
      readProgram: deps.readProgram,
      config: {
        get: () => this.#config,
        set: (config) => {
          this.#config = config;
        },
      },
      autostart: (keys) => this.#startNew(keys),
    });
  }

  /** Adds every group of the configuration, then starts what has autostart. @returns when all were told to start */
  begin(): Promise<void> {
    for (const config of this.#config.groups) this.#loop.post({ kind: "add-group", config });
    this.#deps.events.supervisorChanged("RUNNING");
    for (const config of this.#config.groups) this.#autostart(config.name);
    return new Promise((resolve) => this.#loop.enqueue(resolve));
  }

  /** Lets go of what outlives its programs: after the end of supervision. */
  close(): void {
    this.#children.close();
  }

  /** For events: sends one to a listener. */
  writeEvent(key: ProcessKey, bytes: Uint8Array): "accepted" | "closed" {
    return this.#children.writeEvent(key, bytes);
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
    return this.#commands.start(key, wait);
  }

  stop(key: ProcessKey, wait: boolean): Promise<Answer> {
    return this.#commands.stop(key, wait);
  }

  signal(key: ProcessKey, signal: number): Answer {
    return this.#commands.signal(key, signal);
  }

  writeStdin(key: ProcessKey, bytes: Uint8Array): Answer {
    return this.#commands.writeStdin(key, bytes);
  }

  resize(key: ProcessKey, size: WindowSize): Answer {
    return this.#commands.resize(key, size);
  }

  whenRunEnds(key: ProcessKey, ended: () => void): () => void {
    return this.#commands.whenRunEnds(key, ended);
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

  addProgram(program: ProgramStruct): Answer {
    return this.#runtime.add(program);
  }

  removeProcess(key: ProcessKey): Answer {
    return this.#runtime.remove(key);
  }

  reread(): Result<RereadChanges, Fault> {
    const config = this.#deps.readConfig();
    if (!config.ok) return err(fault("CANT_REREAD", config.error.text));
    this.#config = config.value;
    for (const { level, text } of config.value.notices) {
      if (level === "WARN") this.#deps.activity.log(level, text);
    }
    const active = [...this.#loop.state.groups.values()].map((group) => group.config);
    return ok(diffGroups(active, config.value.groups));
  }

  shutdown(): void {
    this.#loop.post({ kind: "stop-everything", mood: "SHUTDOWN" });
  }

  restart(): Answer {
    const config = this.#deps.readConfig();
    if (!config.ok) {
      return this.#refuseRestart("the new configuration has an error", config.error.text);
    }
    const obstacle = this.#deps.whyUnstartable?.(config.value) ?? null;
    if (obstacle !== null) {
      return this.#refuseRestart("the new configuration cannot be started", obstacle);
    }
    this.#next = config.value;
    this.#loop.post({ kind: "stop-everything", mood: "RESTARTING" });
    return DONE;
  }

  #refuseRestart(what: string, why: string): Answer {
    this.#deps.activity.log("CRIT", `not restarting, ${what}: ${why}`);
    return err(fault("CANT_REREAD", why));
  }

  remoteCommEvent(type: string, data: string): void {
    this.#deps.events.remoteCommunication(type, data);
  }

  #autostart(group: string): void {
    this.#startNew(this.#loop.state.groups.get(group)?.keys ?? []);
  }

  #startNew(keys: readonly ProcessKey[]): void {
    for (const key of keys) {
      const pending = this.#pending.add(key);
      this.#loop.enqueue(() => {
        if (pending.take()) this.#loop.post({ kind: "autostart", key });
      });
    }
  }

  #addLogs(processes: readonly ProcessRecord[], isEventListener: boolean): void {
    for (const { key, group, config } of processes) {
      const { name, redirectStderr, stdout, stderr, tty: isTerminal } = config;
      const logged = { key, name, group, redirectStderr, stdout, stderr };
      this.#deps.logs.addProcess({ ...logged, isEventListener, isTerminal });
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
