// CPU of programs between two looks at a daemon, from the processor time that they have used. Pure.

import type { Usages } from "../commands/own-status.ts";

/** A look at the usage of all programs. */
export interface UsageSample {
  /** Monotonic milliseconds of this process. */
  readonly at: number;
  /** As the daemon has answered. */
  readonly answered: Usages;
  /** The same with the CPU since the look before. */
  readonly usages: Usages;
  /** The answer after this one was the same. */
  readonly isRepeated: boolean;
}

/**
 * Adds a look. An answer that equals the one before may be the same measurement, because the daemon measures in steps while a web
 * page is open: it counts when it comes twice.
 */
export function nextSample(before: UsageSample | null, at: number, answered: Usages): UsageSample {
  if (before !== null && !before.isRepeated && isSame(before.answered, answered))
    return { ...before, isRepeated: true };
  const usages = new Map(
    [...answered].map(([key, usage]) => {
      const last = before?.answered.get(key);
      const isKnown = last !== undefined && last.pid === usage.pid && usage.cpuSeconds >= 0;
      if (!isKnown || before === null || at <= before.at) return [key, usage] as const;
      const used = Math.max(0, usage.cpuSeconds - last.cpuSeconds);
      return [key, { ...usage, cpuPercent: (used * 100_000) / (at - before.at) }] as const;
    }),
  );
  return { at, answered, usages, isRepeated: false };
}

function isSame(left: Usages, right: Usages): boolean {
  if (left.size !== right.size) return false;
  return [...left].every(([key, usage]) => {
    const other = right.get(key);
    return (
      other !== undefined &&
      other.pid === usage.pid &&
      other.cpuSeconds === usage.cpuSeconds &&
      other.memoryBytes === usage.memoryBytes
    );
  });
}
