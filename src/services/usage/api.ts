// Resource usage of programs, in numbers: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { ProgramUsage } from "../../core/usage/program-usage.ts";

/** By process; those that do not run are not in it. */
export type Usages = ReadonlyMap<ProcessKey, ProgramUsage>;

/** What supervision does for the measuring of memory. */
export interface MemoryWatchInput {
  readonly record: (key: ProcessKey) => ProcessRecord | null;
  /** A program with max_memory uses so much, or uses less again. */
  readonly measured: (key: ProcessKey, pid: number, bytes: number) => void;
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
   * Looks every two seconds from now on.
   * @param tell gets what was seen; null where the host does not tell
   * @returns what ends it
   */
  watch(tell: (usages: Usages | null) => void): () => void;
}
