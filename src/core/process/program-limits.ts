// The limits of a program as a start sets them.

import {
  countOrMaxText,
  cpuQuotaOf,
  cpuQuotaText,
  sizeOrMaxText,
} from "../config/cgroup-limits.ts";
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
  | ResourceField
  | ("nice" | "ioPriority" | "oomScoreAdj" | "cpus" | "noNewPrivs" | "capabilities")
  | ("memoryMax" | "memoryHigh" | "cpuMax" | "pidsMax" | "ioWeight")
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

/** What is written into a file of a cgroup, "memory.max", and the option that asks for it. */
export interface CgroupSetting {
  readonly file: string;
  readonly value: string;
  readonly option: string;
}

/** Of a program that has a cgroup of its own; none for others. */
export function cgroupSettings(limits: Partial<ProgramLimits>): readonly CgroupSetting[] {
  const { memoryMax, memoryHigh, cpuMax, pidsMax, ioWeight } = limits;
  const settings: CgroupSetting[] = [];
  const add = (file: string, value: string, text: string): void => {
    settings.push({ file, value, option: `${file.replace(".", "_")}=${text}` });
  };
  if (memoryHigh != null) add("memory.high", countOrMaxText(memoryHigh), sizeOrMaxText(memoryHigh));
  if (memoryMax != null) add("memory.max", countOrMaxText(memoryMax), sizeOrMaxText(memoryMax));
  if (cpuMax != null) add("cpu.max", cpuQuotaOf(cpuMax), cpuQuotaText(cpuMax));
  if (pidsMax != null) add("pids.max", countOrMaxText(pidsMax), countOrMaxText(pidsMax));
  if (ioWeight != null) add("io.weight", String(ioWeight), String(ioWeight));
  return settings;
}

/** What the kernel has in a new cgroup. */
const UNLIMITED: readonly Pick<CgroupSetting, "file" | "value">[] = [
  ...["memory.high", "memory.max", "cpu.max", "pids.max"].map((file) => ({ file, value: "max" })),
  { file: "io.weight", value: "100" },
];

/** For a cgroup in which an earlier run has left processes: limits that it had and that are not set any more. @param files in it */
export function settingsToRevert(
  files: readonly string[],
  settings: readonly CgroupSetting[],
): readonly Pick<CgroupSetting, "file" | "value">[] {
  const isSet = (name: string): boolean => settings.some(({ file }) => file === name);
  return UNLIMITED.filter(({ file }) => files.includes(file) && !isSet(file));
}
