// What programs have left, which a test ends by its word.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { LeftProcesses } from "../../src/core/process/model.ts";
import type { LeavingProgram, Leftovers } from "../../src/ports/leftovers.ts";

export class FakeLeftovers implements Leftovers {
  /** Main processes whose descendants were remembered, in order. */
  readonly remembered: number[] = [];
  /** Those that were begun and have not ended. */
  readonly begun = new Map<ProcessKey, LeavingProgram>();
  /** Those that may not finish any more. */
  readonly killed: ProcessKey[] = [];
  problem: string | null = null;
  readonly #done = new Map<ProcessKey, (left: LeftProcesses) => void>();

  remember(_: ProcessKey, pid: number): void {
    this.remembered.push(pid);
  }

  endLeft(program: LeavingProgram, done: (left: LeftProcesses) => void): void {
    this.begun.set(program.key, program);
    this.#done.set(program.key, done);
  }

  killLeft(key: ProcessKey): void {
    this.killed.push(key);
  }

  cgroupProblem(): string | null {
    return this.problem;
  }

  /** None is left. */
  end(key: string, { ended = 0, running = 0 }: Partial<LeftProcesses> = {}): void {
    this.begun.delete(key as ProcessKey);
    this.#done.get(key as ProcessKey)?.({ ended, running });
  }
}
