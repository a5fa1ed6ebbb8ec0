// Supervision as a service: puts its parts together. Commands on single processes are in process-commands.ts, those on
// groups in group-commands.ts, rereads and restarts in configuration.ts.

import { type ProcessKey, processKey } from "../../core/base/ids.ts";
import { err, type Result } from "../../core/base/result.ts";
import type { Config } from "../../core/config/model.ts";
import type { ProgramStruct } from "../../core/config/program-struct.ts";
import type { LocalTime } from "../../core/logs/record.ts";
import type { GroupRecord, ProcessRecord } from "../../core/supervisor/model.ts";
import { groupsInStartOrder } from "../../core/supervisor/order.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import type { EventWriter } from "../event-log/api.ts";
import type { EventsApi } from "../events/api.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import type { GroupView, ProcessInfo, ProcessView, RereadChanges, SupervisorApi } from "./api.ts";
import { Children, type ChildrenDeps } from "./children.ts";
import { Configuration, type ConfigurationDeps } from "./configuration.ts";
import { GroupCommands } from "./group-commands.ts";
import {
  type CarriedSupervision,
  createSupervisionHandover,
  type SupervisionHandover,
} from "./handover.ts";
import { Loop } from "./loop.ts";
import { createObserver } from "./observer.ts";
import { ProcessCommands } from "./process-commands.ts";
import { RuntimePrograms } from "./runtime-programs.ts";
import { StartRequests } from "./start-requests.ts";
import type { Answer } from "./verdicts.ts";
import { groupView, processInfo, processReport, processView } from "./views.ts";
import { Waiters } from "./waiters.ts";

export interface SupervisorDeps
  extends Omit<ChildrenDeps, "logs" | "now" | "ready">,
    ConfigurationDeps {
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  readonly events: EventsApi;
  readonly localTime: (wallMs: number) => LocalTime;
  /** Runs a callback after pending I/O had its turn. */
  readonly defer: (run: () => void) => void;
  readonly config: Config;
  /** What the daemon has left that this one takes over from; it is looked after from `resume` on. */
  readonly carried?: CarriedSupervision | null;
  /** Everything has stopped: the daemon starts over with the configuration that was checked, or ends (null). */
  readonly onAllStopped: (next: Config | null) => void;
  readonly eventLog: EventWriter;
}

export class Supervisor implements SupervisorApi {
  readonly handover: SupervisionHandover;
  readonly #deps: SupervisorDeps;
  readonly #loop: Loop;
  readonly #waiters = new Waiters();
  readonly #requests = new StartRequests();
  readonly #commands: ProcessCommands;
  readonly #groups: GroupCommands;
  readonly #runtime: RuntimePrograms;
  readonly #children: Children;
  readonly #configuration: Configuration;
  #hasStopped = false;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    const { carried = null } = deps;
    this.#configuration = new Configuration(deps, deps.config, carried?.current ?? deps.config);
    const children = new Children({
      ...deps,
      now: () => deps.clock.now().mono,
      ready: () => this.#loop.runSoon(),
    });
    this.#children = children;
    this.#loop = new Loop({
      clock: deps.clock,
      spawner: deps.spawner,
      children,
      carried: carried?.supervision ?? null,
      defer: deps.defer,
      log: (level, text) => deps.activity.log(level, text),
      observer: createObserver({
        ...deps,
        waiters: this.#waiters,
        requests: this.#requests,
        record: (key) => this.#record(key),
        allStopped: () => {
          this.#hasStopped = true;
          const isRestarting = this.#loop.state.mood === "RESTARTING";
          deps.onAllStopped(isRestarting ? this.#configuration.next : null);
        },
      }),
    });
    this.#commands = new ProcessCommands({
      loop: this.#loop,
      children,
      waiters: this.#waiters,
      requests: this.#requests,
      spawner: deps.spawner,
      activity: deps.activity,
    });
    this.#groups = new GroupCommands({
      loop: this.#loop,
      requests: this.#requests,
      configuration: this.#configuration,
      events: deps.events,
    });
    this.#runtime = new RuntimePrograms({
      loop: this.#loop,
      activity: deps.activity,
      configuration: this.#configuration,
    });
    this.handover = createSupervisionHandover({
      loop: this.#loop,
      children,
      waiters: this.#waiters,
      requests: this.#requests,
      configuration: this.#configuration,
      logs: deps.logs,
      carried,
    });
  }

  /** Adds every group of the configuration, then starts what has autostart. @returns when all were told to start */
  begin(): Promise<void> {
    return this.#groups.begin();
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
    return this.#configuration.current.daemon.identifier;
  }

  config(): Config {
    return this.#configuration.current;
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
    return record === null ? null : processView(record, this.#loop.state);
  }

  info(key: ProcessKey): ProcessInfo | null {
    const record = this.#record(key);
    if (record === null) return null;
    const { clock, localTime, logs } = this.#deps;
    return processInfo(record, clock.now(), localTime, (channel) => logs.path(key, channel));
  }

  report(key: ProcessKey): ReturnType<SupervisorApi["report"]> {
    const record = this.#record(key);
    return record === null ? null : processReport(record, this.#deps.clock.now());
  }

  start(key: ProcessKey, wait: boolean): Promise<Answer> {
    return this.#commands.start(key, wait);
  }

  stop(key: ProcessKey, wait: boolean): Promise<Answer> {
    return this.#commands.stop(key, wait);
  }

  whenStopped(key: ProcessKey): Promise<Answer> {
    return this.#commands.whenStopped(key);
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
    return this.#groups.add(name);
  }

  removeGroup(name: string): Answer {
    return this.#groups.remove(name);
  }

  addProgram(program: ProgramStruct): Promise<Answer> {
    return this.#runtime.add(program);
  }

  removeProcess(key: ProcessKey): Answer {
    return this.#runtime.remove(key);
  }

  reread(): Promise<Result<RereadChanges, Fault>> {
    return this.#configuration.reread(() =>
      [...this.#loop.state.groups.values()].map((group) => group.config),
    );
  }

  shutdown(): void {
    this.#children.settle();
    this.#loop.post({ kind: "stop-everything", mood: "SHUTDOWN" });
  }

  async restart(): Promise<Answer> {
    const answer = await this.#configuration.prepareRestart();
    if (!answer.ok) return answer;
    if (this.#hasStopped || this.#loop.state.mood === "SHUTDOWN") {
      return err(fault("SHUTDOWN_STATE"));
    }
    this.#children.settle();
    this.#loop.post({ kind: "stop-everything", mood: "RESTARTING" });
    return answer;
  }

  remoteCommEvent(type: string, data: string): void {
    this.#deps.events.remoteCommunication(type, data);
  }

  #record(key: ProcessKey): ProcessRecord | null {
    return this.#loop.state.processes.get(key) ?? null;
  }

  #groupView(group: GroupRecord): GroupView {
    return groupView(group, this.#loop.state);
  }
}
