// Measures running programs with max_memory every ten seconds, all in one sample of the host's processes. The
// resident memory of all processes of a program is an upper bound, which costs little. Only a program above its
// limit is measured exactly, because forked workers share pages, and each counts them in full.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { Steps } from "../../core/base/turns.ts";
import type { ProcessStat } from "../../core/usage/program-usage.ts";
import { treesOf } from "../../core/usage/program-usage.ts";
import type { Repeater } from "../../ports/clock.ts";
import type { ProcessStats, SharedMemory } from "../../ports/process-stats.ts";
import type { MemoryWatcher, MemoryWatchInput } from "./api.ts";

/** From the end of one measurement to the next. */
const INTERVAL_MS = 10_000;

interface MemoryWatchDeps extends MemoryWatchInput {
  readonly stats: ProcessStats;
  readonly shared: SharedMemory;
  readonly repeater: Repeater;
  /** Settles after pending I/O had its turn. */
  readonly turn: () => Promise<void>;
}

interface Watched {
  readonly key: ProcessKey;
  readonly pid: number;
  readonly limit: number;
  /** It was above the limit when it was last measured. */
  readonly wasOver: boolean;
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
    else this.#stop ??= this.#deps.repeater.every(INTERVAL_MS, () => this.#measure());
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #watched(key: ProcessKey): Watched | null {
    const record = this.#deps.record(key);
    const phase = record?.state.phase;
    const limit = record?.config.maxMemory ?? null;
    if (limit === null || phase?.kind !== "RUNNING" || phase.watch === null) return null;
    return { key, pid: phase.pid, limit, wasOver: phase.watch.overLimit > 0 };
  }

  async #measure(): Promise<void> {
    const { stats, measured } = this.#deps;
    const sample = await stats.sample();
    if (sample === null) return;
    const programs = [...this.#keys].flatMap((key) => this.#watched(key) ?? []);
    const trees = await this.#inTurns(treesOf(sample, new Set(programs.map(({ pid }) => pid))));
    for (const { key, pid, limit, wasOver } of programs) {
      const tree = trees.get(pid) ?? [];
      const most = residentOf(tree) * sample.pageBytes;
      if (most <= limit && !wasOver) continue;
      const bytes = most <= limit ? most : await this.#exactly(tree, limit, sample.pageBytes);
      if (this.#stop === null) return;
      measured(key, pid, bytes);
    }
  }

  /** Begins with the largest, and ends as soon as the rest cannot lead above the limit. */
  async #exactly(tree: readonly ProcessStat[], limit: number, pageBytes: number): Promise<number> {
    const largestFirst = [...tree].sort((a, b) => b.residentPages - a.residentPages);
    let left = residentOf(tree) * pageBytes;
    let sum = 0;
    for (const { pid, residentPages } of largestFirst) {
      if (sum + left <= limit) return sum + left;
      const resident = residentPages * pageBytes;
      left -= resident;
      sum += (await this.#deps.shared.proportionalBytes(pid)) ?? resident;
      if (this.#stop === null) return 0;
    }
    return sum;
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
