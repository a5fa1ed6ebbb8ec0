// The changes of one input to a process, collected while they are decided.

import type { Instant } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import {
  type HookRun,
  type Notice,
  type ProcessEffect,
  type ProcessHistory,
  type ProcessPhase,
  type ProcessState,
  publicState,
  type Transition,
} from "./model.ts";

/** Begins with a state and ends as a transition, perhaps after several phases. */
export class ProcessDraft {
  readonly program: ProcessConfig;
  readonly now: Instant;
  readonly effects: ProcessEffect[] = [];
  phase: ProcessPhase;
  history: ProcessHistory;
  hook: HookRun | null;

  constructor({ phase, history, hook }: ProcessState, program: ProcessConfig, now: Instant) {
    this.phase = phase;
    this.history = history;
    this.hook = hook;
    this.program = program;
    this.now = now;
  }

  remember(changes: Partial<ProcessHistory>): void {
    this.history = { ...this.history, ...changes };
  }

  /** Enters a phase. A change is reported if clients see another state. */
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

  /** Cancels the check of readiness or health that is in progress. */
  cancelCheck(): void {
    const { phase } = this;
    const isChecking =
      (phase.kind === "READYING" && phase.checkAt === null) ||
      (phase.kind === "RUNNING" && phase.watch?.health?.isChecking === true);
    if (isChecking) this.effects.push({ kind: "cancel-check" });
  }

  done(): Transition {
    const { phase, history, hook } = this;
    return { state: { phase, history, hook }, effects: this.effects };
  }
}
