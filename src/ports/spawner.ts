// Starts programs, signals them, and reports their exits.

import type { Claim } from "../core/base/places.ts";
import type { CommandSpec, LaunchSpec } from "../core/process/launch.ts";
import type { LimitCounts } from "../core/process/reached-limits.ts";
import type { SpawnStage } from "../core/process/spawn-errors.ts";
import type { WindowSize } from "./terminal.ts";

export type { LaunchSpec };

/**
 * A started program and the daemon's ends of its pipes: non-blocking, close-on-exec. On a terminal, stdin and stdout
 * are two descriptors of its other side, so that each is watched and closed by itself.
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
  /** For example "EACCES". For the stage `find`, see `unusableOf`. */
  readonly errno: string;
  /** Index of the candidate, for the stage `find`. */
  readonly index?: number;
  /** The cause and what helps, if they are known. */
  readonly detail?: string;
}

export type SpawnResult =
  | { readonly ok: true; readonly value: Spawned }
  | { readonly ok: false; readonly error: SpawnFailure };

/** Why the file of a command was not found. After a time limit, with what it waited for. */
export interface FindFailure extends Omit<SpawnFailure, "stage"> {
  readonly stage: SpawnStage | NonNullable<Admission["awaits"]>;
}

/** A start in progress. */
export interface PendingSpawn {
  /** Kills its child; `settled` is not called any more. @returns its present stage */
  abandon(): SpawnStage;
}

/** What a start is about to use. */
export interface Paths {
  readonly directory: string | null;
  /** Files of variables. */
  readonly files?: readonly string[];
  /** Where a command is searched: the first that exists counts. */
  readonly search?: readonly string[];
}

/** A start that may have to wait. */
export interface Admission {
  /** What it waits for: the file system of its directory or of its files, or a place; null once it is admitted. */
  readonly awaits: "chdir" | "env_file" | "find" | "place" | null;
  /** Ends the wait. */
  cancel(): void;
}

/** A child that has exited, or an orphan that was re-parented to the daemon. */
export interface Reaped {
  readonly pid: number;
  /** Exit code, or null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly coreDumped: boolean;
  readonly userMicros: number;
  readonly systemMicros: number;
  readonly maxRssKb: number;
  /** The limits of its cgroup that were reached. */
  readonly reached?: LimitCounts;
}

export interface Spawner {
  /**
   * Waits until a start may go on: for a place among the starts in progress, of which each program and each user has a share,
   * and, if many are in use or the last start failed because of the host, until the file systems of its paths answer.
   * @param admitted called once, perhaps before this returns, unless it is cancelled; `leave` gives the place back
   * @param held gives back the place that the start has already
   */
  admit(
    paths: Paths,
    claim: Claim,
    admitted: (leave: () => void) => void,
    held?: (() => void) | null,
  ): Admission;
  /**
   * Begins to start a program in its own process group, without waiting for the child.
   * @param settled called once, perhaps before this returns, when the program executes or has failed; never after
   *   `abandon`. `reap` reports the exit of the program only afterwards.
   * @param leave called when it executes, or when a child that never does has ended
   */
  spawn(spec: LaunchSpec, settled: (result: SpawnResult) => void, leave?: () => void): PendingSpawn;
  /**
   * Finds the file of a command as `spawn` does, without waiting.
   * @param command with other paths whose file systems must answer before, as for `admit`
   * @param done called once, perhaps before this returns, with null if it can be executed, otherwise with the failure;
   *   its errno is ETIMEDOUT after the limit
   */
  find(
    command: Pick<CommandSpec, "candidates"> & Omit<Partial<Paths>, "search">,
    claim: Claim,
    done: (failure: FindFailure | null) => void,
    limitMs?: number,
  ): void;
  /** Reports known outcomes of starts in progress. */
  settle(): void;
  /** Sets the size of a terminal. @param fd the daemon's @returns null, or the errno */
  resize(fd: number, size: WindowSize): string | null;
  /** Every child that has exited, without waiting. The exit of each counts as recorded when the next is asked for. */
  reap(): Iterable<Reaped>;
  /**
   * Sends a signal.
   * @param target the process, or its whole process group
   */
  kill(
    pid: number,
    signal: number,
    target: "process" | "group",
  ): "sent" | "gone" | { readonly errno: string };
}
