// Makes what runs equal to the configuration: reads it, decides what each difference means, and waits until the processes that
// it starts are up, or are not. Each group changes in one decision of supervision, so that a daemon that dies meanwhile leaves
// no half of it; a group that has to be removed and added takes two.

import { type ProcessKey, processKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { isReplaced } from "../../core/config/diff.ts";
import type { GroupConfig, ProcessConfig } from "../../core/config/model.ts";
import { planOf } from "../../core/config/plan.ts";
import { type ProcessPlan, WHOLE_GROUP } from "../../core/config/planned.ts";
import type { GroupRecord } from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { AppliedProcess, SupervisorApi } from "./api.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import { abandonedResult, changeOutcome, type Waiters } from "./waiters.ts";

interface ApplyDeps {
  readonly loop: Loop;
  readonly configuration: Configuration;
  readonly waiters: Waiters;
}

/** A group as it is to be; null for none. */
type Target = readonly [name: string, group: GroupConfig | null];

export class Apply implements Pick<SupervisorApi, "plan" | "apply" | "rollBack"> {
  readonly #deps: ApplyDeps;
  /** The groups that the last apply changed, as they were. */
  #before: readonly Target[] = [];

  constructor(deps: ApplyDeps) {
    this.#deps = deps;
  }

  async plan(names: readonly string[]): Promise<Result<readonly ProcessPlan[], Fault>> {
    const read = await this.#read(names);
    return read.ok ? ok(this.#planOf(read.value)) : read;
  }

  async apply(names: readonly string[]): Promise<Result<readonly AppliedProcess[], Fault>> {
    const read = await this.#read(names);
    if (!read.ok) return read;
    const plan = this.#planOf(read.value);
    const changed = new Set(plan.map(({ group }) => group));
    const targets = read.value.filter(([name]) => changed.has(name));
    this.#before = targets.map(([name]) => [name, this.inForce(name)]);
    return ok(await this.#become(targets, plan));
  }

  async rollBack(): Promise<Result<readonly AppliedProcess[], Fault>> {
    const targets = this.#before;
    if (targets.length === 0) return err(fault("FAILED", "there is nothing to roll back"));
    this.#before = [];
    return ok(await this.#become(targets, this.#planOf(targets)));
  }

  /** Reads the files. @returns the groups that are, or are to be, with what the names select as it was read */
  async #read(names: readonly string[]): Promise<Result<readonly Target[], Fault>> {
    const { configuration, loop } = this.#deps;
    const read = await configuration.reread(() => []);
    if (!read.ok) return read;
    if (loop.state.daemonState !== "RUNNING") return err(fault("SHUTDOWN_STATE"));
    const next = new Map(configuration.current.groups.map((group) => [group.name, group]));
    const all = new Set([...loop.state.groups.keys(), ...next.keys()]);
    const unknown = names.find((name) => ![...all].some((group) => this.#has(group, next, name)));
    if (unknown !== undefined) return err(fault("BAD_NAME", unknown));
    return ok(
      [...all].map((name): Target => {
        const group = next.get(name) ?? null;
        const isSelected = (process: ProcessConfig): boolean =>
          names.length === 0 || names.some((each) => isNamed(each, name, process));
        return [name, selected(this.inForce(name), group, isSelected)];
      }),
    );
  }

  #has(group: string, next: ReadonlyMap<string, GroupConfig>, name: string): boolean {
    const processes = [this.inForce(group), next.get(group) ?? null].flatMap(
      (each) => each?.processes ?? [],
    );
    return (
      name === group ||
      name === `${group}:*` ||
      processes.some((process) => isNamed(name, group, process))
    );
  }

  /** An active group with the definitions that its processes have; null for none. */
  inForce(name: string): GroupConfig | null {
    const { groups, processes } = this.#deps.loop.state;
    const group = groups.get(name);
    if (group === undefined) return null;
    return {
      ...group.config,
      processes: group.keys.flatMap((key) => processes.get(key)?.config ?? []),
    };
  }

  #planOf(targets: readonly Target[]): readonly ProcessPlan[] {
    const { groups, processes } = this.#deps.loop.state;
    const active = targets.flatMap(([name]) =>
      groups.has(name) ? (this.inForce(name) ?? []) : [],
    );
    const next = targets.flatMap(([, group]) => group ?? []);
    return planOf(active, next, (key) => processes.get(key)?.config ?? null);
  }

  /** Makes active groups what they are to be, without reading anything. */
  async become(targets: readonly Target[]): Promise<readonly AppliedProcess[]> {
    return await this.#become(targets, this.#planOf(targets));
  }

  async #become(
    targets: readonly Target[],
    plan: readonly ProcessPlan[],
  ): Promise<readonly AppliedProcess[]> {
    const { loop } = this.#deps;
    // Starts and stops of one request belong together: nothing waits before all are requested.
    const replaced: (readonly [GroupRecord, GroupConfig])[] = [];
    for (const [name, target] of targets) {
      const active = loop.state.groups.get(name);
      if (active === undefined) {
        if (target !== null) this.#add(target);
        continue;
      }
      const isWhole = target !== null && isReplaced(active.config, target);
      if (isWhole) replaced.push([active, target]);
      const config = target === null || isWhole ? { ...active.config, processes: [] } : target;
      loop.post({ kind: "configure-group", config });
    }
    await Promise.all(
      replaced.map(async ([active, target]) => {
        await Promise.all(active.keys.map((key) => this.#whenGone(key)));
        this.#add(target);
      }),
    );
    return await Promise.all(plan.map(async (each) => await this.#outcomeOf(each)));
  }

  #add(group: GroupConfig): void {
    const { loop } = this.#deps;
    loop.post({ kind: "add-group", config: group });
    const keys = group.processes.map(({ name }) => processKey(group.name, name));
    loop.post({ kind: "autostart", keys });
  }

  async #whenGone(key: ProcessKey): Promise<void> {
    const { loop, waiters } = this.#deps;
    const verdict = (): true | undefined => (loop.state.processes.has(key) ? undefined : true);
    await waiters.wait<true>(key, verdict, () => true);
  }

  /** How a process is when nothing more is to come of the change. */
  async #outcomeOf(plan: ProcessPlan): Promise<AppliedProcess> {
    const { loop, waiters } = this.#deps;
    const key = processKey(plan.group, plan.name);
    const verdict = (): AppliedProcess | undefined => {
      if (plan.name === WHOLE_GROUP) return { ...plan, outcome: "done", error: "" };
      const outcome = changeOutcome(loop.state, key);
      if (outcome === undefined) return undefined;
      const spawnErr = loop.state.processes.get(key)?.state.history.spawnErr ?? "";
      return { ...plan, outcome, error: outcome === "failed" ? spawnErr : "" };
    };
    return await waiters.wait<AppliedProcess>(key, verdict, () => {
      const result = abandonedResult();
      return { ...plan, outcome: "unknown", error: result.ok ? "" : (result.error.detail ?? "") };
    });
  }
}

function isNamed(name: string, group: string, process: ProcessConfig): boolean {
  return (
    name === group ||
    name === `${group}:*` ||
    name === `${group}:${process.name}` ||
    name === process.programName
  );
}

/** A group that is as it was read where a process is selected, and as it is elsewhere. */
function selected(
  active: GroupConfig | null,
  next: GroupConfig | null,
  isSelected: (process: ProcessConfig) => boolean,
): GroupConfig | null {
  const kept = active?.processes.filter((process) => !isSelected(process)) ?? [];
  const read = next?.processes.filter(isSelected) ?? [];
  const base = next ?? active;
  if (base === null || kept.length + read.length === 0) return null;
  if (kept.length === 0) {
    return read.length === base.processes.length ? base : { ...base, processes: read };
  }
  // What its processes share is that of those that run.
  return { ...(active ?? base), processes: [...kept, ...read] };
}
