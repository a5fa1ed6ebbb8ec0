// Which limits of its cgroup a program has reached, as the kernel has counted.

import type { ProgramLimits } from "./program-limits.ts";

/** Limits that are counted, by option. */
const COUNTED_LIMITS = ["memory_max", "memory_high", "pids_max", "cpu_max"] as const;

/**
 * How often each of COUNTED_LIMITS was reached, and `oom_kill`: processes that the kernel has killed because of memory_max. A
 * count of 0 is absent.
 */
export type LimitCounts = Readonly<Record<string, number>>;

/** The counts that a program with these limits can have, by name. */
export function countedLimits(limits: Partial<ProgramLimits>): readonly string[] {
  const { memoryMax, memoryHigh, pidsMax, cpuMax } = limits;
  const rows = [
    ["memory_max", memoryMax],
    ["oom_kill", memoryMax],
    ["memory_high", memoryHigh],
    ["pids_max", pidsMax],
    ["cpu_max", cpuMax],
  ] as const;
  return rows.flatMap(([name, limit]) => (limit == null ? [] : [name]));
}

/** The counts of a cgroup. @param textOf of a file of it, such as "memory.events"; empty for none */
export function limitCounts(textOf: (file: string) => string): LimitCounts {
  const memory = textOf("memory.events");
  const countIn = (text: string, name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  // Without a shortage of its own, the limit of the service or the memory of the host was the reason for kills.
  const isOwn = countIn(memory, "oom") > 0;
  const counts = {
    memory_max: countIn(memory, "max"),
    memory_high: countIn(memory, "high"),
    pids_max: countIn(textOf("pids.events"), "max"),
    cpu_max: countIn(textOf("cpu.stat"), "nr_throttled"),
    oom_kill: isOwn ? countIn(memory, "oom_kill") : 0,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** A clause for each limit that was reached. */
export function limitTexts(counts: LimitCounts): readonly string[] {
  const kills = counts["oom_kill"] ?? 0;
  return COUNTED_LIMITS.flatMap((option) => {
    const count = counts[option] ?? 0;
    const more =
      option === "memory_max" && kills > 0
        ? `, and the kernel killed ${kills} of its processes`
        : "";
    return count > 0 || more !== ""
      ? [`${option} was reached ${count === 1 ? "once" : `${count} times`}${more}`]
      : [];
  });
}

/** The counts of two runs together. */
export function addedLimits(counts: LimitCounts, more: LimitCounts): LimitCounts {
  const added = Object.entries(more).map(([limit, count]) => [limit, (counts[limit] ?? 0) + count]);
  return added.length === 0 ? counts : { ...counts, ...Object.fromEntries(added) };
}
