// Makes what runs equal to the configuration: reads it, decides what each difference means, and waits until the processes that
// it starts are up, or are not. All groups change in one decision of supervision, so that a daemon that dies meanwhile leaves
// no half of it.

import { type ProcessKey, processKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { SECOND } from "../../core/base/time.ts";
import { isReplaced } from "../../core/config/diff.ts";
import type { GroupConfig, ProcessConfig } from "../../core/config/model.ts";
import { planOf } from "../../core/config/plan.ts";
import { type ProcessPlan, WHOLE_GROUP } from "../../core/config/planned.ts";
import { isDown, START_LIMIT_MS } from "../../core/process/model.ts";
import { isUpOrWanted } from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { AppliedProcess, PlannedProcess, SupervisorApi } from "./api.ts";
import type { Children } from "./children.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import type { Leaves } from "./program-sockets.ts";
import { abandonedResult, changeOutcome, type Waiters } from "./waiters.ts";

interface ApplyDeps {
  readonly loop: Loop;
  readonly configuration: Configuration;
  readonly waiters: Waiters;
  readonly children: Pick<Children, "sockets">;
  readonly sources: Pick<EnvironmentSources, "withinLimit">;
}

/** A group as it is to be; null for none. */
type Target = readonly [name: string, group: GroupConfig | null];

/** Opens or tries the sockets of a group. @returns the error of the first; null for none */
type Opening = (target: Target[1], leaves: Leaves) => Promise<string | null>;

const LATE = `Its sockets were not open after ${START_LIMIT_MS / SECOND} seconds`;

export class Apply implements Pick<SupervisorApi, "plan" | "apply" | "checkSockets" | "rollBack"> {
  readonly #deps: ApplyDeps;
  /** The groups that the last apply changed, as they were. */
  #before: readonly Target[] = [];

  constructor(deps: ApplyDeps) {
    this.#deps = deps;
  }

  async plan(names: readonly string[]): Promise<Result<readonly PlannedProcess[], Fault>> {
    const { configuration, children } = this.#deps;
    const read = await this.#read(names, () => configuration.reread(() => []));
    if (!read.ok) return read;
    const plan = this.#planOf(read.value);
    const changed = new Set(plan.map(({ group }) => group));
    const targets = read.value.filter(([name]) => changed.has(name));
    const untried = new Map<ProcessKey, string[]>();
    const { problems } = await this.#possible(targets, () => {
      const others = new Map<string, string>();
      untried.clear();
      return async (target, leaves) =>
        children.sockets.probe(withSockets(target), leaves, others, untried);
    });
    return ok(
      plan.map((each) => ({
        ...each,
        problems: [problems.get(each.group) ?? []].flat(),
        untried: untried.get(processKey(each.group, each.name)) ?? [],
      })),
    );
  }

  apply(names: readonly string[]): Promise<Result<readonly AppliedProcess[], Fault>> {
    return this.#changed(async () => {
      const read = await this.#read(names, () => this.#deps.configuration.read());
      if (!read.ok) return read;
      const targets = this.#differing(read.value);
      if (targets.length > 0) this.#before = targets.map(([name]) => [name, this.#inForce(name)]);
      return ok(await this.become(targets));
    });
  }

  checkSockets(name: string): Promise<Result<true, Fault>> {
    const { configuration } = this.#deps;
    return this.#alone(async () => {
      const group = configuration.current.groups.find((each) => each.name === name);
      if (group === undefined) return err(fault("BAD_NAME", name));
      const problem = await this.#openSockets(group, this.#leavesIn([[name, group]]));
      this.#revert(group);
      return problem === null ? ok(true) : err(fault("FAILED", problem));
    });
  }

  rollBack(): Promise<Result<readonly AppliedProcess[], Fault>> {
    return this.#changed(async () => {
      const targets = this.#before;
      if (targets.length === 0) return err(fault("FAILED", "there is nothing to roll back"));
      this.#before = [];
      return ok(await this.become(targets));
    });
  }

  /** Makes a change after those before it, and waits for its outcomes, while others may be made. */
  async #changed(
    change: () => Promise<Result<readonly Promise<AppliedProcess>[], Fault>>,
  ): Promise<Result<readonly AppliedProcess[], Fault>> {
    const begun = await this.#alone(change);
    return begun.ok ? ok(await Promise.all(begun.value)) : begun;
  }

  /** The daemon may be stopping everything when the turn of a change comes. */
  #alone<T>(work: () => Promise<Result<T, Fault>>): Promise<Result<T, Fault>> {
    const { configuration, loop } = this.#deps;
    const isRunning = (): boolean => loop.state.daemonState === "RUNNING";
    return configuration.change(async () =>
      isRunning() ? await work() : err(fault("SHUTDOWN_STATE")),
    );
  }

  /** Groups in which something is to change. */
  #differing(targets: readonly Target[]): readonly Target[] {
    const changed = new Set(this.#planOf(targets).map(({ group }) => group));
    return targets.filter(([name]) => changed.has(name));
  }

  /** @returns the groups that are, or are to be, with what the names select as it was read */
  async #read(
    names: readonly string[],
    reading: () => Promise<Result<unknown, Fault>>,
  ): Promise<Result<readonly Target[], Fault>> {
    const { configuration, loop } = this.#deps;
    const read = await reading();
    if (!read.ok) return read;
    if (loop.state.daemonState !== "RUNNING") return err(fault("SHUTDOWN_STATE"));
    const next = new Map(configuration.current.groups.map((group) => [group.name, group]));
    const given = new Set(names);
    const found = new Set<string>();
    const targets = [...new Set([...loop.state.groups.keys(), ...next.keys()])].map(
      (name): Target => {
        const [active, group] = [this.toBe(name), next.get(name) ?? null];
        for (const each of [...(active?.processes ?? []), ...(group?.processes ?? [])]) {
          for (const word of given.size === 0 ? [] : wordsFor(name, each))
            if (given.has(word)) found.add(word);
        }
        const isSelected = (process: ProcessConfig): boolean =>
          given.size === 0 || wordsFor(name, process).some((word) => given.has(word));
        return [name, selected(active, group, isSelected)];
      },
    );
    const unknown = names.find((name) => !found.has(name));
    return unknown === undefined ? ok(targets) : err(fault("BAD_NAME", unknown));
  }

  /** An active group with the definitions that its processes have; null for none. */
  #inForce(name: string): GroupConfig | null {
    const { groups, processes } = this.#deps.loop.state;
    const group = groups.get(name);
    if (group === undefined) return null;
    const members = group.keys.flatMap((key) => processes.get(key)?.config ?? []);
    return { ...group.config, processes: members };
  }

  /** An active group with the definitions that its processes have, or will have when they are down; null for none. */
  toBe(name: string): GroupConfig | null {
    const group = this.#deps.loop.state.groups.get(name);
    if (group === undefined) return null;
    const members = group.keys.flatMap((key) => this.#definition(key) ?? []);
    return group.next?.config ?? { ...group.config, processes: members };
  }

  #definition(key: ProcessKey): ProcessConfig | null {
    const { processes, pending, groups } = this.#deps.loop.state;
    const record = processes.get(key);
    if (record === undefined) return null;
    const next = groups.get(record.group)?.next?.config.processes;
    if (next !== undefined) return next.find(({ name }) => name === record.config.name) ?? null;
    const change = pending.get(key);
    return change === undefined ? record.config : change.config;
  }

  #planOf(targets: readonly Target[]): readonly ProcessPlan[] {
    const active = targets.flatMap(([name]) => this.toBe(name) ?? []);
    const next = targets.flatMap(([, group]) => group ?? []);
    return planOf(active, next, (key) => this.#definition(key));
  }

  /**
   * Makes groups what they are to be, in a change, without reading anything. A group stays as it is if one of its sockets
   * cannot be opened.
   * @returns how each of its processes comes out of it
   */
  async become(all: readonly Target[]): Promise<readonly Promise<AppliedProcess>[]> {
    const targets = this.#differing(all);
    const open: Opening = (target, leaves) => this.#openSockets(target, leaves);
    const { problems, rest: changing } = await this.#possible(targets, () => open);
    const failed = this.#planOf(targets).flatMap((each): readonly AppliedProcess[] => {
      const error = problems.get(each.group);
      return error === undefined
        ? []
        : [{ ...each, outcome: "failed", error: `${each.group} is as it was. ${error}` }];
    });
    const changed = this.#change(changing);
    for (const [, group] of changing) this.#conclude(group);
    return [...failed.map((each) => Promise.resolve(each)), ...changed];
  }

  /**
   * Which groups can change, and why the others cannot, by their names.
   * @param opening called for each pass over those that are left
   */
  async #possible(
    targets: readonly Target[],
    opening: () => Opening,
    problems: Map<string, string> = new Map(),
  ): Promise<{ readonly rest: readonly Target[]; readonly problems: ReadonlyMap<string, string> }> {
    const rest = targets.filter(([name]) => !problems.has(name));
    const leaves = this.#leavesIn(rest);
    const open = opening();
    for (const [name, target] of rest) {
      const problem = await open(target, leaves);
      if (problem !== null) problems.set(name, problem);
    }
    // A group that stays as it is keeps the sockets that others were to take from it.
    const isDone = !rest.some(([name]) => problems.has(name));
    return isDone ? { rest, problems } : await this.#possible(targets, opening, problems);
  }

  /** Which processes have a socket no more, when some groups are what they are to be. */
  #leavesIn(targets: readonly Target[]): Leaves {
    const { processes } = this.#deps.loop.state;
    const names = new Set(targets.map(([name]) => name));
    const next = new Map(
      targets.flatMap(([name, group]) =>
        (group?.processes ?? []).map((config) => [processKey(name, config.name), config]),
      ),
    );
    const definition = (key: ProcessKey): ProcessConfig | null => {
      const isTarget = names.has(processes.get(key)?.group ?? "");
      return next.get(key) ?? (isTarget ? null : this.#definition(key));
    };
    return ({ key, section, config }) => {
      const after = definition(key);
      const isSame = after?.origin.section === section;
      return !isSame || !after.sockets.some(({ url }) => url === config.url);
    };
  }

  /** @returns the error of the first socket that cannot be opened; null if all are open */
  async #openSockets(target: Target[1], leaves: Leaves): Promise<string | null> {
    const processes = withSockets(target);
    if (target === null || processes.length === 0) return null;
    const { children, sources } = this.#deps;
    const opened = new Promise<{ problem: string | null }>((resolve) =>
      children.sockets.prepare(processes, leaves, (problem) => resolve({ problem })),
    );
    const { problem } = (await sources.withinLimit(opened, START_LIMIT_MS)) ?? { problem: LATE };
    if (problem !== null) this.#revert(target);
    return problem;
  }

  /** Gives a group that was not changed its own sockets: one may be free now that another process of the change had. */
  #revert(group: GroupConfig): void {
    const { loop, children } = this.#deps;
    this.#conclude(group);
    for (const { name } of group.processes) {
      const record = loop.state.processes.get(processKey(group.name, name));
      if (record !== undefined) children.sockets.keep(record);
    }
  }

  /** Closes the sockets that a change has opened and not given to its processes. */
  #conclude(group: Target[1]): void {
    const { sockets } = this.#deps.children;
    for (const { name } of group?.processes ?? [])
      sockets.conclude(processKey(group?.name ?? "", name));
  }

  #change(targets: readonly Target[]): readonly Promise<AppliedProcess>[] {
    const { loop } = this.#deps;
    const plan = this.#planOf(targets).map((each) => ({ each, isStarted: this.#isStarted(each) }));
    const groups = targets.flatMap(([name, target]) => {
      const active = loop.state.groups.get(name);
      return target ?? (active === undefined ? [] : { ...active.config, processes: [] });
    });
    const isRunning = loop.state.daemonState === "RUNNING";
    if (groups.length > 0 && isRunning) loop.post({ kind: "configure", groups });
    return plan.map(({ each, isStarted }) => this.#outcomeOf(each, isStarted));
  }

  /** Whether the change starts a process: one that is new, or was not down. */
  #isStarted({ group, name, action }: ProcessPlan): boolean {
    const { state } = this.#deps.loop;
    const key = processKey(group, name);
    const record = state.processes.get(key);
    if (record === undefined || action === "add" || action === "remove") return true;
    return action === "restart" && isUpOrWanted(state, record);
  }

  /** How a process is when nothing more is to come of the change. */
  async #outcomeOf(plan: ProcessPlan, isStarted: boolean): Promise<AppliedProcess> {
    const { loop, waiters } = this.#deps;
    const key = processKey(plan.group, plan.name);
    const verdict = (): AppliedProcess | undefined => {
      const record = loop.state.processes.get(key);
      const done = { ...plan, error: "" };
      if (plan.name === WHOLE_GROUP) return { ...done, outcome: "done" };
      // One that is being stopped stays down, with the new definition.
      const isStopping = record?.state.phase.kind === "STOPPING";
      if (isStopping && loop.state.pending.has(key)) return undefined;
      if (!isStarted && record !== undefined)
        return { ...done, outcome: isDown(record.state) ? "down" : "done" };
      const isReplaced = loop.state.groups.get(plan.group)?.next != null;
      if (isReplaced && record?.state.phase.kind !== "UNKNOWN") return undefined;
      const outcome = changeOutcome(loop.state, key);
      if (outcome === undefined) return undefined;
      const spawnErr = record?.state.history.spawnErr ?? "";
      return { ...plan, outcome, error: outcome === "failed" ? spawnErr : "" };
    };
    return await waiters.wait<AppliedProcess>(key, verdict, () => {
      const result = abandonedResult();
      return { ...plan, outcome: "unknown", error: result.ok ? "" : (result.error.detail ?? "") };
    });
  }
}

/** The processes of a group that have sockets. */
function withSockets(target: Target[1]) {
  return (target?.processes ?? [])
    .filter(({ sockets }) => sockets.length > 0)
    .map((config) => ({ key: processKey(target?.name ?? "", config.name), config }));
}

/** The names that mean a process: its group, itself, its program. */
function wordsFor(group: string, { name, programName }: ProcessConfig): readonly string[] {
  return [group, `${group}:*`, `${group}:${name}`, programName];
}

/** A group that is as it was read where a process is selected, and as it is elsewhere. */
function selected(
  active: GroupConfig | null,
  next: GroupConfig | null,
  isSelected: (process: ProcessConfig) => boolean,
): GroupConfig | null {
  if (active === null || next === null) {
    const group = active === null ? next : active;
    const processes = group?.processes.filter((each) => isSelected(each) === (active === null));
    if (group === null || processes === undefined || processes.length === 0) return null;
    return processes.length === group.processes.length ? group : { ...group, processes };
  }
  const all = [...active.processes, ...next.processes];
  if (!all.some(isSelected)) return active;
  // What its processes share is that of all of them.
  if (isReplaced(active, next) || all.every(isSelected)) return next;
  return { ...active, processes: merged(active, next, isSelected) };
}

/** The processes of a group, some of them as they were read, in the order of that. */
export function merged(
  active: GroupConfig,
  next: GroupConfig,
  isRead: (process: ProcessConfig) => boolean,
): readonly ProcessConfig[] {
  const present = new Map(active.processes.map((process) => [process.name, process]));
  const read = new Set(next.processes.map(({ name }) => name));
  return [
    ...next.processes.flatMap((each) => (isRead(each) ? [each] : (present.get(each.name) ?? []))),
    ...active.processes.filter((each) => !read.has(each.name) && !isRead(each)),
  ];
}
