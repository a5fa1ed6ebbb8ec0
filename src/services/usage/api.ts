// Resource usage of programs, in numbers: types only.

import type { ProcessKey } from "../../core/base/ids.ts";

/** What the processes of one program use: itself, its descendants, and those it left in its session or group. */
export interface Usage {
  /** Of one processor, in percent: two busy processes make 200. Null where it is too early to say. */
  readonly cpuPercent: number | null;
  /** Resident; pages that processes share count once for each. */
  readonly memoryBytes: number;
}

/** By process; those that do not run are not in it. */
export type Usages = ReadonlyMap<ProcessKey, Usage>;

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
