// Starts programs, signals them, and reports their deaths.

import type { LaunchSpec } from "../core/process/launch.ts";
import type { SpawnStage } from "../core/process/spawn-errors.ts";
import type { WindowSize } from "./terminal.ts";

export type { LaunchSpec };

/**
 * A started program and the daemon's ends of its pipes: non-blocking, close-on-exec. Of a program on a terminal stdin
 * and stdout are two numbers of the terminal's other side, so that each is watched and closed by itself.
 */
export interface Spawned {
  readonly pid: number;
  readonly stdin: number | null;
  readonly stdout: number;
  readonly stderr: number | null;
}

/** Why a program could not be started. */
export interface SpawnFailure {
  readonly stage: SpawnStage;
  /** For example "EACCES". Of the step `find`: see `unusableOf`. */
  readonly errno: string;
  /** Of the step `find`: the candidate that it is about. */
  readonly index?: number;
  /** What is behind it and what helps, where that is more than the errno tells. */
  readonly detail?: string;
}

export type SpawnResult =
  | { readonly ok: true; readonly value: Spawned }
  | { readonly ok: false; readonly error: SpawnFailure };

/** A start whose verdict is not known. */
export interface PendingSpawn {
  /** Kills its child, if any; `settled` is not called any more. @returns its current step */
  abandon(): SpawnStage;
}

/** A dead child, ours or an orphan that was re-parented to us. */
export interface Reaped {
  readonly pid: number;
  /** Exit code, or null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly coreDumped: boolean;
  readonly userMicros: number;
  readonly systemMicros: number;
  readonly maxRssKb: number;
}

export interface Spawner {
  /**
   * Begins to start a program in its own process group, without waiting for the child.
   * @param settled called once with whether it executes, perhaps before this returns; never after `abandon`. A death of that
   * program is reported by `reap` only afterwards.
   */
  spawn(spec: LaunchSpec, settled: (result: SpawnResult) => void): PendingSpawn;
  /**
   * Looks for the file of a command as `spawn` does, without waiting.
   * @param told called once, perhaps before this returns: null when it can be executed, otherwise the failure; one with the errno
   * ETIMEDOUT after LOOK_LIMIT_MS
   */
  look(
    command: Pick<LaunchSpec, "candidates" | "isSuspect">,
    told: (failure: SpawnFailure | null) => void,
  ): void;
  /** Tells what is known by now of the starts that are under way. */
  settle(): void;
  /** Tells a program on a terminal how large that is. @param fd ours @returns null, or the errno */
  resize(fd: number, size: WindowSize): string | null;
  /** Every child that has died since the last call, without waiting. */
  reap(): readonly Reaped[];
  /**
   * Sends a signal. `ESRCH` is an answer, not an exception.
   * @param target the process, or its whole process group
   */
  kill(
    pid: number,
    signal: number,
    target: "process" | "group",
  ): "sent" | "gone" | { readonly errno: string };
}
