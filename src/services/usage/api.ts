// Resource usage of programs, in numbers: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { ProgramUsage } from "../../core/usage/program-usage.ts";

/** By process; those that do not run are not in it. */
export type Usages = ReadonlyMap<ProcessKey, ProgramUsage>;

/** The part of supervision that measures memory. */
export interface MemoryWatchInput {
  readonly record: (key: ProcessKey) => ProcessRecord | null;
  /** A program with max_memory uses so much, or uses less again; null if it could not be measured. */
  readonly measured: (key: ProcessKey, pid: number, bytes: number | null) => void;
}

/** Measures programs with max_memory while there are any that run. */
export interface MemoryWatcher {
  /** The state of a process has changed, or it is gone. */
  changed(key: ProcessKey): void;
  close(): void;
}

export interface UsageApi {
  /** The last measurement while a client watches, otherwise a new one. Null if the host has no figures. */
  look(): Promise<Usages | null>;
  /** The last measurement; empty if no client watches. */
  latest(): Usages;
  /**
   * Measures every two seconds.
   * @param listener receives each measurement; null if the host has no figures
   * @returns ends it
   */
  watch(listener: (usages: Usages | null) => void): () => void;
}
