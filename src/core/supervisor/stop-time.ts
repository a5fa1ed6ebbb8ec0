// How long stopping everything may take: for those who would otherwise lose patience and kill the daemon.

import { dependenciesOf, dependencyNames } from "../config/dependencies.ts";
import type { ProcessConfig } from "../config/model.ts";
import { stopRanks } from "./stop-ranks.ts";

/** What counts of a group. */
export interface StoppedGroup {
  readonly name: string;
  readonly priority: number;
  readonly processes: readonly Pick<
    ProcessConfig,
    "name" | "programName" | "dependsOn" | "restartWith" | "stopWaitSecs"
  >[];
}

/**
 * Seconds until the last process was at least killed. Groups of one priority stop together, one priority after the other,
 * and programs that others need after those (see `stopWaves`).
 */
export function longestStopSeconds(groups: readonly StoppedGroup[]): number {
  const priorities = [...new Set(groups.map(({ priority }) => priority))].sort((a, b) => b - a);
  const waves = new Map(priorities.map((priority, wave) => [priority, wave]));
  const all = groups.flatMap((group) =>
    group.processes.map((process) => ({
      // Not the process: one of several groups is the same object.
      id: { seconds: process.stopWaitSecs },
      wave: waves.get(group.priority) ?? 0,
      names: dependencyNames(group.name, process),
      needs: dependenciesOf(process).map(({ name }) => name),
    })),
  );
  const longest = new Map<number, number>();
  for (const [{ seconds }, rank] of stopRanks(all)) {
    longest.set(rank, Math.max(longest.get(rank) ?? 0, seconds));
  }
  let sum = 0;
  for (const seconds of longest.values()) sum += seconds;
  return sum;
}
