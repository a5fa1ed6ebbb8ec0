// Measures running programs with max_memory every ten seconds, all in one sample of the host's processes. The
// resident memory of all processes of a program is an upper bound, which costs little. Only a program above its
// limit is measured exactly, because forked workers share pages, and each counts them in full.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { Claim } from "../../core/base/places.ts";
import type { Steps } from "../../core/base/turns.ts";
import { MEMORY_INTERVAL_MS } from "../../core/process/watched.ts";
import type { ProcessStat } from "../../core/usage/program-usage.ts";
import { treesOf } from "../../core/usage/program-usage.ts";
import type { Repeater } from "../../ports/clock.ts";
import type { ProcessStats, SharedMemory } from "../../ports/process-stats.ts";
import type { MemoryWatcher, MemoryWatchInput } from "./api.ts";

interface MemoryWatchDeps extends MemoryWatchInput {
  readonly stats: ProcessStats;
  readonly shared: SharedMemory;
  readonly repeater: Repeater;
  /** Settles after pending I/O had its turn. */
  readonly turn: () => Promise<void>;
}

export class MemoryWatch implements MemoryWatcher {
  readonly #deps: MemoryWatchDeps;
  readonly #keys = new Set<ProcessKey>();
  #stop: (() => void) | null = null;

  constructor(deps: MemoryWatchDeps) {
    this.#deps = deps;
  }

  /** The state of a process has changed, or it is gone. */
  changed(key: ProcessKey): void {
    if (this.#watched(key) === null) this.#keys.delete(key);
    else this.#keys.add(key);
    if (this.#keys.size === 0) this.close();
    else this.#stop ??= this.#deps.repeater.every(MEMORY_INTERVAL_MS, () => this.#measure());
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #watched(key: ProcessKey) {
    const { state, config } = this.#deps.record(key) ?? {};
    const phase = state?.phase;
    const limit = config?.maxMemory ?? null;
    if (config === undefined || limit === null || phase?.kind !== "RUNNING" || phase.watch === null)
      return null;
    const { overLimit, unmeasuredSince } = phase.watch;
    const { programName: program, uid } = config;
    // When it was last measured, or it could not be measured.
    const wasOver = overLimit > 0 || unmeasuredSince !== null;
    const claim: Claim = { program, uid, isSuspect: false };
    return { key, pid: phase.pid, limit, wasOver, claim };
  }

  async #measure(): Promise<void> {
    const { stats, measured } = this.#deps;
    const sample = await stats.sample();
    const programs = [...this.#keys].flatMap((key) => this.#watched(key) ?? []);
    if (sample === null) {
      for (const { key, pid } of programs) measured(key, pid, null);
      return;
    }
    const trees = await this.#inTurns(treesOf(sample, new Set(programs.map(({ pid }) => pid))));
    for (const { key, pid, limit, wasOver, claim } of programs) {
      const tree = trees.get(pid) ?? [];
      const most = residentOf(tree) * sample.pageBytes;
      if (most <= limit && !wasOver) continue;
      const bytes =
        most <= limit ? most : await this.#exactly(claim, tree, limit, sample.pageBytes);
      if (this.#stop === null) return;
      measured(key, pid, bytes);
    }
  }

  /**
   * Begins with the largest, and ends as soon as the rest cannot lead above the limit.
   * @returns null if it depends on a process that could not be measured
   */
  async #exactly(
    claim: Claim,
    tree: readonly ProcessStat[],
    limit: number,
    pageBytes: number,
  ): Promise<number | null> {
    const largestFirst = [...tree].sort((a, b) => b.residentPages - a.residentPages);
    let left = residentOf(tree) * pageBytes;
    let sum = 0;
    let isUnknown = false;
    for (const { pid, residentPages } of largestFirst) {
      if (isUnknown && sum > limit) break;
      if (sum + left <= limit && !isUnknown) return sum + left;
      const resident = residentPages * pageBytes;
      left -= resident;
      const bytes = await this.#deps.shared.proportionalBytes(pid, claim);
      if (this.#stop === null) return null;
      if (bytes === "unknown") isUnknown = true;
      else sum += bytes ?? resident;
    }
    return isUnknown && sum <= limit ? null : sum;
  }

  async #inTurns<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      await this.#deps.turn();
    }
  }
}

function residentOf(tree: readonly ProcessStat[]): number {
  return tree.reduce((sum, { residentPages }) => sum + residentPages, 0);
}
