// The consequences of one input to a process, possibly through several states, collected while they are decided.

import type {
  Notice,
  ProcessEffect,
  ProcessHistory,
  ProcessPhase,
  ProcessState,
  Transition,
} from "./model.ts";
import { publicState } from "./public-state.ts";

/** Starts from a state and ends as a transition. */
export class Step {
  readonly effects: ProcessEffect[] = [];
  phase: ProcessPhase;
  history: ProcessHistory;

  constructor(state: ProcessState) {
    this.phase = state.phase;
    this.history = state.history;
  }

  remember(changes: Partial<ProcessHistory>): void {
    this.history = { ...this.history, ...changes };
  }

  /** Between two phases that look the same to clients there is no change for them. */
  enter(phase: ProcessPhase, details: Readonly<Record<string, number>>): void {
    const [from, to] = [publicState(this.phase), publicState(phase)];
    if (from !== to) this.effects.push({ kind: "changed", change: { from, to, details } });
    this.phase = phase;
  }

  log(level: "CRIT" | "WARN" | "INFO" | "DEBG", text: string): void {
    this.effects.push({ kind: "log", level, text });
  }

  notice(notice: Notice): void {
    this.effects.push({ kind: "notice", notice });
  }

  done(): Transition {
    return { state: { phase: this.phase, history: this.history }, effects: this.effects };
  }
}
