// Ends the processes that a program has left when its main process exited (kill_mode=tree, kill_mode=cgroup).

import type { ProcessKey } from "../core/base/ids.ts";
import type { LeftProcesses } from "../core/process/model.ts";

/** A program whose main process has exited. */
export interface LeavingProgram {
  readonly key: ProcessKey;
  /** That of the main process, which is reaped. */
  readonly pid: number;
  readonly killMode: "tree" | "cgroup";
  /** Its process group has got the stop signal, and may finish until `killLeft`. */
  readonly mayFinish: boolean;
  /** Whether a process is the main one of any program. */
  readonly isMain: (pid: number) => boolean;
}

export interface Leftovers {
  /** Remembers the descendants of a main process that is not reaped, before its stop signal. */
  remember(key: ProcessKey, pid: number): void;
  /** @param done called once, in a later turn, when none is left, or when SIGKILL does not end the rest */
  endLeft(program: LeavingProgram, done: (left: LeftProcesses) => void): void;
  /** Ends `mayFinish` of a program. */
  killLeft(key: ProcessKey): void;
  /** Why kill_mode=cgroup acts as tree here; null if programs can have cgroups. */
  cgroupProblem(): string | null;
}
