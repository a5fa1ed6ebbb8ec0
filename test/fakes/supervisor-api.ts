// A supervisor of programs that exist only as data. Tests script its answers and see its calls.

import { type ProcessKey, processKey } from "../../src/core/base/ids.ts";
import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { ProgramStruct } from "../../src/core/config/groups.ts";
import type { Config, GroupConfig } from "../../src/core/config/model.ts";
import { isRunningState, type SupervisorStateName } from "../../src/core/process/model.ts";
import type { ProcessReport } from "../../src/core/why/program-history.ts";
import { type Fault, fault } from "../../src/core/xmlrpc/faults.ts";
import type { WindowSize } from "../../src/ports/terminal.ts";
import type {
  AppliedProcess,
  Decided,
  EnvironmentView,
  GroupView,
  ProcessInfo,
  ProcessView,
  RereadChanges,
  SupervisorApi,
} from "../../src/services/supervisor/api.ts";
import { fakeConfig } from "./config-model.ts";
import {
  type FakeProcess,
  infoOf,
  reportOf,
  stoppedProcess,
  viewOf,
} from "./supervised-process.ts";

type Answer = Result<true, Fault>;

/** A supervisor whose programs do what the test says. */
export class FakeSupervisor implements SupervisorApi {
  /** What was asked, in order, for example `start web:web wait`. */
  readonly calls: string[] = [];
  readonly processes = new Map<ProcessKey, FakeProcess>();
  daemonState: SupervisorStateName = "RUNNING";
  changes: Result<RereadChanges, Fault> = ok({ added: [], changed: [], removed: [] });
  /** What plans and applies answer. */
  applied: Result<readonly AppliedProcess[], Fault> = ok([]);
  /** What the files say. */
  filed: Awaited<ReturnType<SupervisorApi["options"]>> = ok([]);
  /** What decisions answer. */
  decided: Result<Decided, Fault> = ok({ programs: [], applied: [] });
  restartAnswer: Answer = ok(true);
  /** Answers given instead of the usual ones, by `verb key`. */
  readonly answers = new Map<string, Answer>();
  #active: readonly GroupConfig[];
  #config: Config;
  readonly #held = new Map<ProcessKey, (answer: Answer) => void>();
  readonly #hold = new Set<ProcessKey>();
  readonly #runs = new Set<readonly [ProcessKey, () => void]>();

  constructor(groups: readonly GroupConfig[]) {
    this.#active = groups;
    this.#config = fakeConfig(groups);
    for (const group of groups) this.#adopt(group);
  }

  /** The next start or stop of this process waits for `release`. */
  hold(key: string): void {
    this.#hold.add(key as ProcessKey);
  }

  /** Settles what `hold` made wait. */
  release(key: string, answer: Answer = ok(true)): void {
    const settle = this.#held.get(key as ProcessKey);
    if (settle === undefined) throw new Error(`nobody waits for ${key}`);
    this.#held.delete(key as ProcessKey);
    settle(answer);
  }

  /** True once a held start or stop was asked for. */
  isHeld(key: string): boolean {
    return this.#held.has(key as ProcessKey);
  }

  /** The process, to change it. */
  fake(key: string): FakeProcess {
    const found = this.processes.get(key as ProcessKey);
    if (found === undefined) throw new Error(`no fake process ${key}`);
    return found;
  }

  setConfig(config: Config): void {
    this.#config = config;
  }

  state(): SupervisorStateName {
    return this.daemonState;
  }

  identifier(): string {
    return this.#config.daemon.identifier;
  }

  config(): Config {
    return this.#config;
  }

  groups(): readonly GroupView[] {
    const sorted = [...this.#active].sort(
      (a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1),
    );
    return sorted.map((config) => this.#groupView(config));
  }

  group(name: string): GroupView | null {
    const config = this.#active.find((group) => group.name === name);
    return config === undefined ? null : this.#groupView(config);
  }

  process(group: string, name: string): ProcessView | null {
    const found = this.processes.get(processKey(group, name));
    return found === undefined ? null : viewOf(found);
  }

  neededStarts(): readonly string[] {
    return [];
  }

  async checkStart(key: ProcessKey): Promise<Answer> {
    return this.answers.get(`check ${key}`) ?? ok(true);
  }

  async environment(key: ProcessKey, ofNext: boolean): Promise<EnvironmentView | null> {
    this.calls.push(`environment ${key}${ofNext ? " next" : ""}`);
    const process = this.processes.get(key);
    if (process === undefined) return null;
    const { group, config, pid, environment } = process;
    return { group, name: config.name, pid, layers: [], problem: "", command: "", ...environment };
  }

  report(key: ProcessKey): ProcessReport | null {
    const found = this.processes.get(key);
    return found === undefined ? null : reportOf(found);
  }

  info(key: ProcessKey): ProcessInfo | null {
    const found = this.processes.get(key);
    return found === undefined ? null : infoOf(found);
  }

  start(key: ProcessKey, wait: boolean): Promise<Answer> {
    return this.#act("start", key, wait, (process) => {
      if (isRunningState(process.state)) return err(fault("ALREADY_STARTED", process.config.name));
      process.state = "RUNNING";
      return ok(true);
    });
  }

  stop(key: ProcessKey, wait: boolean): Promise<Answer> {
    return this.#act("stop", key, wait, (process) => {
      if (!isRunningState(process.state)) return err(fault("NOT_RUNNING", process.config.name));
      process.state = "STOPPED";
      return ok(true);
    });
  }

  restartProcess(key: ProcessKey): Promise<Answer> {
    return this.#act("restart", key, false, (process) => {
      if (!isRunningState(process.state)) return err(fault("NOT_RUNNING", process.config.name));
      return ok(true);
    });
  }

  whenStopped(key: ProcessKey): Promise<Answer> {
    return this.#act("await", key, true, (process) => {
      process.state = "STOPPED";
      return ok(true);
    });
  }

  signal(key: ProcessKey, signal: number): Answer {
    this.calls.push(`signal ${key} ${signal}`);
    return this.answers.get(`signal ${key}`) ?? ok(true);
  }

  async reloadProcess(key: ProcessKey): Promise<Result<string, Fault>> {
    this.calls.push(`reload ${key}`);
    const answer = this.answers.get(`reload ${key}`);
    return answer === undefined || answer.ok ? ok("SIGHUP sent") : answer;
  }

  writeStdin(key: ProcessKey, bytes: Uint8Array): Answer {
    this.calls.push(`stdin ${key} ${[...bytes].join(",")}`);
    return this.answers.get(`stdin ${key}`) ?? ok(true);
  }

  resize(key: ProcessKey, { rows, columns }: WindowSize): Answer {
    this.calls.push(`resize ${key} ${rows} ${columns}`);
    return this.answers.get(`resize ${key}`) ?? ok(true);
  }

  whenRunEnds(key: ProcessKey, ended: () => void): () => void {
    const watch = [key, ended] as const;
    this.#runs.add(watch);
    return () => void this.#runs.delete(watch);
  }

  /** Ends the run of a process for those who wait for it. @returns how many did */
  endRun(key: string): number {
    const told = [...this.#runs].filter((watch) => watch[0] === key);
    for (const watch of told) {
      this.#runs.delete(watch);
      watch[1]();
    }
    return told.length;
  }

  async addProgram({ group, name, options }: ProgramStruct): Promise<Answer> {
    this.calls.push(`add ${group} ${name} ${JSON.stringify(options)}`);
    return this.answers.get(`add ${group}:${name}`) ?? ok(true);
  }

  removeProcess(key: ProcessKey): Answer {
    this.calls.push(`remove ${key}`);
    return this.answers.get(`remove ${key}`) ?? ok(true);
  }

  addGroup(name: string): Answer {
    if (this.#active.some((group) => group.name === name)) return err(fault("ALREADY_ADDED", name));
    const found = this.#config.groups.find((group) => group.name === name);
    if (found === undefined) return err(fault("BAD_NAME", name));
    this.#active = [...this.#active, found];
    this.#adopt(found);
    return ok(true);
  }

  removeGroup(name: string): Answer {
    const group = this.group(name);
    if (group === null) return err(fault("BAD_NAME", name));
    if (group.processes.some((process) => process.pid !== 0)) {
      return err(fault("STILL_RUNNING", name));
    }
    this.#active = this.#active.filter((each) => each.name !== name);
    for (const process of group.processes) this.processes.delete(process.key);
    return ok(true);
  }

  async reread(): Promise<Result<RereadChanges, Fault>> {
    return this.changes;
  }

  async plan(names: readonly string[]): ReturnType<SupervisorApi["plan"]> {
    this.calls.push(["plan", ...names].join(" "));
    if (!this.applied.ok) return this.applied;
    return ok(this.applied.value.map((each) => ({ ...each, problems: [], untried: [] })));
  }

  async options(section: string): ReturnType<SupervisorApi["options"]> {
    this.calls.push(`options ${section}`);
    return this.filed;
  }

  async apply(names: readonly string[]): ReturnType<SupervisorApi["apply"]> {
    this.calls.push(["apply", ...names].join(" "));
    return this.applied;
  }

  async decide(
    ...wanted: Parameters<SupervisorApi["decide"]>
  ): ReturnType<SupervisorApi["decide"]> {
    this.calls.push(["decide", ...wanted].join(" "));
    return this.decided;
  }

  async checkSockets(group: string): ReturnType<SupervisorApi["checkSockets"]> {
    this.calls.push(`checkSockets ${group}`);
    return ok(true);
  }

  async rollBack(): ReturnType<SupervisorApi["rollBack"]> {
    this.calls.push("roll back");
    return this.applied;
  }

  shutdown(): void {
    this.daemonState = "SHUTDOWN";
  }

  async restart(): Promise<Answer> {
    if (this.restartAnswer.ok) this.daemonState = "RESTARTING";
    return this.restartAnswer;
  }

  remoteCommEvent(type: string, data: string): void {
    this.calls.push(`event ${type} ${data}`);
  }

  #act(
    verb: "start" | "stop" | "restart" | "await",
    key: ProcessKey,
    wait: boolean,
    usual: (process: FakeProcess) => Answer,
  ): Promise<Answer> {
    this.calls.push(`${verb} ${key}${wait ? " wait" : ""}`);
    if (this.#hold.delete(key)) {
      return new Promise((resolve) => this.#held.set(key, resolve));
    }
    const scripted = this.answers.get(`${verb} ${key}`);
    const process = this.processes.get(key);
    if (scripted !== undefined) return Promise.resolve(scripted);
    return Promise.resolve(process === undefined ? err(fault("BAD_NAME", key)) : usual(process));
  }

  #adopt(group: GroupConfig): void {
    for (const config of group.processes) {
      const process = stoppedProcess(group.name, config);
      this.processes.set(process.key, process);
    }
  }

  #groupView(config: GroupConfig): GroupView {
    const processes = config.processes.map((process) => this.process(config.name, process.name));
    return { config, processes: processes.filter((process) => process !== null) };
  }
}
