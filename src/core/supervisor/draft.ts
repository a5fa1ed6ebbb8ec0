// The changes of one step, collected over the old state. Nothing is visible to anybody until the step is complete, so
// an error in the middle leaves the old state whole.

import type { ProcessKey } from "../base/ids.ts";
import type { LogLevel } from "../config/model.ts";
import type { SupervisorStateName } from "../process/states.ts";
import type {
  GroupRecord,
  ProcessRecord,
  StopPlan,
  SupervisorEffect,
  SupervisorState,
  SupervisorStep,
} from "./model.ts";

export class Draft {
  readonly effects: SupervisorEffect[] = [];
  readonly #base: SupervisorState;
  readonly #groups = new Map<string, GroupRecord | null>();
  readonly #processes = new Map<ProcessKey, ProcessRecord | null>();
  readonly #pids = new Map<number, ProcessKey | null>();
  #mood: SupervisorStateName;
  #stopPlan: StopPlan | null;

  constructor(base: SupervisorState) {
    this.#base = base;
    this.#mood = base.mood;
    this.#stopPlan = base.stopPlan;
  }

  get mood(): SupervisorStateName {
    return this.#mood;
  }

  set mood(mood: SupervisorStateName) {
    this.#mood = mood;
  }

  get stopPlan(): StopPlan | null {
    return this.#stopPlan;
  }

  set stopPlan(plan: StopPlan | null) {
    this.#stopPlan = plan;
  }

  group(name: string): GroupRecord | null {
    const changed = this.#groups.get(name);
    return changed === undefined ? (this.#base.groups.get(name) ?? null) : changed;
  }

  setGroup(name: string, group: GroupRecord | null): void {
    this.#groups.set(name, group);
  }

  process(key: ProcessKey): ProcessRecord | null {
    const changed = this.#processes.get(key);
    return changed === undefined ? (this.#base.processes.get(key) ?? null) : changed;
  }

  setProcess(key: ProcessKey, record: ProcessRecord | null): void {
    this.#processes.set(key, record);
  }

  keyOfPid(pid: number): ProcessKey | null {
    const changed = this.#pids.get(pid);
    return changed === undefined ? (this.#base.pids.get(pid) ?? null) : changed;
  }

  setPid(pid: number, key: ProcessKey | null): void {
    this.#pids.set(pid, key);
  }

  log(level: LogLevel, text: string): void {
    this.effects.push({ kind: "log", level, text });
  }

  finish(): SupervisorStep {
    return {
      patch: {
        ...(this.#mood === this.#base.mood ? {} : { mood: this.#mood }),
        ...(this.#groups.size === 0 ? {} : { groups: this.#groups }),
        ...(this.#processes.size === 0 ? {} : { processes: this.#processes }),
        ...(this.#pids.size === 0 ? {} : { pids: this.#pids }),
        ...(this.#stopPlan === null || this.#stopPlan === this.#base.stopPlan
          ? {}
          : { stopPlan: this.#stopPlan }),
      },
      effects: this.effects,
    };
  }
}
