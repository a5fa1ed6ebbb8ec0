// What one input to a process leads to, possibly through several states: collected while it is decided.

import type {
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

  enter(phase: ProcessPhase, details: Readonly<Record<string, number>>): void {
    this.effects.push({
      kind: "changed",
      change: { from: publicState(this.phase), to: publicState(phase), details },
    });
    this.phase = phase;
  }

  log(level: "CRIT" | "WARN" | "INFO" | "DEBG", text: string): void {
    this.effects.push({ kind: "log", level, text });
  }

  done(): Transition {
    return { state: { phase: this.phase, history: this.history }, effects: this.effects };
  }
}
