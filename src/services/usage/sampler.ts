// Measures resource usage of programs: once on request, or every two seconds while a client watches; for the history, every ten.
// Nothing is stored, and nothing runs without a client. A measurement reads /proc once for all programs, in short turns of the main thread.

import type { ProcessKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import {
  averageCpuPercent,
  cpuMsOf,
  cpuPercent,
  type ProgramTotals,
  type ProgramUsage,
  totalsOf,
} from "../../core/usage/program-usage.ts";
import type { Repeater } from "../../ports/clock.ts";
import type { ProcessStats } from "../../ports/process-stats.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import type { UsageApi, Usages } from "./api.ts";

/** While a client watches. */
export const LIVE_MS = 2000;

interface SamplerDeps {
  readonly supervisor: Pick<SupervisorApi, "groups" | "info">;
  readonly stats: ProcessStats;
  readonly repeater: Repeater;
  /** Between two measurements. */
  readonly intervalMs: number;
}

export class Sampler implements UsageApi {
  readonly #deps: SamplerDeps;
  readonly #watchers = new Set<(usages: Usages | null) => void>();
  #before: ReadonlyMap<number, ProgramTotals> = new Map();
  /** When that was; null for never. Monotonic milliseconds. */
  #beforeAt: number | null = null;
  #latest: Usages | null = null;
  /** The measurement in progress, shared by all callers. */
  #measuring: Promise<Usages | null> | null = null;
  #stop: (() => void) | null = null;

  constructor(deps: SamplerDeps) {
    this.#deps = deps;
  }

  async look(): Promise<Usages | null> {
    if (this.#latest !== null) return this.#latest;
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = null;
    });
    return await this.#measuring;
  }

  latest(): Usages {
    return this.#latest ?? new Map();
  }

  watch(listener: (usages: Usages | null) => void): () => void {
    // Each watch is one of its own, whatever function it calls.
    const watcher = (usages: Usages | null): void => listener(usages);
    this.#watchers.add(watcher);
    this.#stop ??= this.#deps.repeater.every(this.#deps.intervalMs, () => this.#measureForAll());
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#end();
    };
  }

  async #measureForAll(): Promise<void> {
    const usages = await this.#measure();
    // The last watcher may have left during the look.
    if (this.#stop === null) return;
    this.#latest = usages;
    for (const listener of this.#watchers) listener(usages);
  }

  #end(): void {
    this.#stop?.();
    this.#stop = null;
    this.#latest = null;
    this.#before = new Map();
    this.#beforeAt = null;
  }

  async #measure(): Promise<Usages | null> {
    const { supervisor, stats } = this.#deps;
    const sample = await stats.sample();
    if (sample === null) return null;
    const processes = supervisor.groups().flatMap((group) => group.processes);
    const alive = processes.filter((process) => process.pid !== 0);
    const totals = totalsOf(sample, new Set(alive.map((process) => process.pid)));
    const usages = new Map<ProcessKey, ProgramUsage>();
    for (const { key, pid } of alive) {
      const now = totals.get(pid);
      const info = supervisor.info(key);
      if (now === undefined || info === null) continue;
      const before = this.#before.get(pid);
      // One that was not measured before began since then, and its start is only known to the second.
      const since = this.#beforeAt === null ? 0 : sample.at - this.#beforeAt;
      const age = Math.max((info.now - info.start) * SECOND, since);
      const percent = before === undefined ? averageCpuPercent(now, age) : cpuPercent(before, now);
      const cpuMs = cpuMsOf(now) + now.waitedMs;
      usages.set(key, { cpuPercent: percent, memoryBytes: now.memoryBytes, cpuMs });
    }
    // Kept only while a client watches.
    if (this.#stop !== null) {
      this.#before = totals;
      this.#beforeAt = sample.at;
    }
    return usages;
  }
}
