// Resource usage of programs, in numbers: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { ProgramUsage } from "../../core/usage/program-usage.ts";

/** By process; those that do not run are not in it. */
export type Usages = ReadonlyMap<ProcessKey, ProgramUsage>;

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
