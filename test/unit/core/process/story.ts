// One process over time: its inputs and their outcomes.

import assert from "node:assert/strict";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import {
  deadlineOf,
  NEVER_STARTED,
  type ProcessEffect,
  type ProcessInput,
  type ProcessState,
} from "../../../../src/core/process/model.ts";
import { transition } from "../../../../src/core/process/transition.ts";
import { at, program } from "./samples.ts";

/** A process that is told things at moments, and remembers what came of it. */
export class Story {
  state: ProcessState = NEVER_STARTED;
  now = 0;
  readonly effects: ProcessEffect[] = [];
  readonly #program: ProcessConfig;

  constructor(changes: Partial<ProcessConfig> = {}) {
    this.#program = program(changes);
  }

  tell(input: ProcessInput, now = this.now): this {
    this.now = now;
    const result = transition(this.state, input, this.#program, at(now));
    this.state = result.state;
    this.effects.push(...result.effects);
    return this;
  }

  start(pid: number, now = this.now): this {
    return this.tell({ kind: "start", by: "request" }, now).tell({ kind: "spawned", pid });
  }

  /** Goes to the deadline of the state and tells that it has passed. */
  wait(): this {
    const deadline = deadlineOf(this.state);
    assert.notEqual(deadline, null, `${this.kind} waits for nothing`);
    return this.tell({ kind: "deadline" }, deadline ?? 0);
  }

  get kind(): string {
    return this.state.phase.kind;
  }

  get states(): readonly string[] {
    return this.effects.flatMap((e) => (e.kind === "changed" ? [e.change.to] : []));
  }

  get log(): readonly string[] {
    return this.effects.flatMap((e) => (e.kind === "log" ? [`${e.level} ${e.text}`] : []));
  }

  get kills(): readonly string[] {
    return this.effects.flatMap((e) => (e.kind === "kill" ? [`${e.signal} ${e.target}`] : []));
  }

  get spawns(): number {
    return this.effects.filter((e) => e.kind === "spawn").length;
  }
}
