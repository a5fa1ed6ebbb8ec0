// The changes of one step, collected over the old state. Nothing is visible to anybody until the step is complete, so
// an error in the middle leaves the old state whole.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { LogLevel } from "../config/model.ts";
import type { ProcessInput } from "../process/model.ts";
import type { SupervisorStateName } from "../process/states.ts";
import { Layer } from "./layer.ts";
import type {
  GroupRecord,
  ProcessRecord,
  StopPlan,
  SupervisorEffect,
  SupervisorState,
  SupervisorStep,
  WantedStart,
} from "./model.ts";

/** Tells a process something, with all that follows from it: handed to the parts of the reducer. */
export type Drive = (draft: Draft, key: ProcessKey, input: ProcessInput, now: Instant) => void;

export class Draft {
  readonly effects: SupervisorEffect[] = [];
  readonly groups: Layer<string, GroupRecord>;
  readonly processes: Layer<ProcessKey, ProcessRecord>;
  readonly pids: Layer<number, ProcessKey>;
  readonly queued: Layer<ProcessKey, WantedStart>;
  readonly looking: Layer<ProcessKey, WantedStart>;
  mood: SupervisorStateName;
  stopPlan: StopPlan | null;
  readonly #base: SupervisorState;

  constructor(base: SupervisorState) {
    this.#base = base;
    this.groups = new Layer(base.groups);
    this.processes = new Layer(base.processes);
    this.pids = new Layer(base.pids);
    this.queued = new Layer(base.queued);
    this.looking = new Layer(base.looking);
    this.mood = base.mood;
    this.stopPlan = base.stopPlan;
  }

  log(level: LogLevel, text: string): void {
    this.effects.push({ kind: "log", level, text });
  }

  finish(): SupervisorStep {
    const { mood, stopPlan } = this;
    const { changes: groups } = this.groups;
    const { changes: processes } = this.processes;
    const { changes: pids } = this.pids;
    const { changes: queued } = this.queued;
    const { changes: looking } = this.looking;
    return {
      patch: {
        ...(mood === this.#base.mood ? {} : { mood }),
        ...(groups === null ? {} : { groups }),
        ...(processes === null ? {} : { processes }),
        ...(pids === null ? {} : { pids }),
        ...(queued === null ? {} : { queued }),
        ...(looking === null ? {} : { looking }),
        ...(stopPlan === null || stopPlan === this.#base.stopPlan ? {} : { stopPlan }),
      },
      effects: this.effects,
    };
  }
}
