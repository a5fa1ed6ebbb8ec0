// The limits of a program as a start sets them.

import type { ProcessConfig } from "../config/model.ts";
import { RLIMITS } from "../config/options/program.ts";
import { limitText, sizeLimitText } from "../config/program-limits.ts";
import type { LimitValue } from "../config/value-types.ts";

type ResourceField = keyof typeof RLIMITS;
/** As setrlimit(2) has it, in lower case: "nofile". */
export type Resource = (typeof RLIMITS)[ResourceField]["key"] extends `rlimit_${infer R}`
  ? R
  : never;

/** A limit that is null stays as the daemon's. */
export type ProgramLimits = Pick<
  ProcessConfig,
  ResourceField | "nice" | "ioPriority" | "oomScoreAdj" | "cpus" | "noNewPrivs" | "capabilities"
>;

export interface ResourceLimit extends LimitValue {
  readonly resource: Resource;
  readonly key: string;
  /** A limit as it is written. */
  readonly text: (limit: LimitValue) => string;
}

const RESOURCES = Object.entries(RLIMITS).map(([field, { key, kind }]) => ({
  field: field as ResourceField,
  key,
  text: kind === "limit" ? limitText : sizeLimitText,
}));

/** The limits of setrlimit(2) that are given, in the order in which they are set. */
export function resourceLimits(limits: Partial<ProgramLimits>): readonly ResourceLimit[] {
  return RESOURCES.flatMap(({ field, key, text }) => {
    const limit = limits[field] ?? null;
    if (limit === null) return [];
    const resource = key.replace("rlimit_", "") as Resource;
    return [{ ...limit, resource, key, text }];
  });
}
