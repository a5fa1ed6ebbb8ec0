// What programs use: once for a page, or again and again while somebody watches. Nothing is kept when nobody does.

import type { ProcessKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import {
  averageCpuPercent,
  cpuPercent,
  formatBytes,
  formatPercent,
  type ProgramTotals,
  totalsOf,
} from "../../core/usage/program-usage.ts";
import type { UsageTexts } from "../../core/web/status-view.ts";
import type { WebDeps } from "./deps.ts";
import { allPrograms, type Usages } from "./facts.ts";

const INTERVAL_MS = 2000;

type SamplerDeps = Pick<WebDeps, "supervisor" | "logs" | "stats" | "repeater">;

export class Sampler {
  readonly #deps: SamplerDeps;
  #before: ReadonlyMap<number, ProgramTotals> = new Map();
  #latest: Usages | null = null;
  #stop: (() => void) | null = null;

  constructor(deps: SamplerDeps) {
    this.#deps = deps;
  }

  /** For a page: what was seen last while somebody watches, else a look of its own. */
  async look(): Promise<Usages> {
    return this.#latest ?? (await this.#measure()) ?? new Map();
  }

  /** What was seen last; empty when nobody watches. */
  latest(): Usages {
    return this.#latest ?? new Map();
  }

  /** Looks every two seconds from now on. @param tell gets what was seen; null when the host tells nothing */
  start(tell: (usages: Usages | null) => void): void {
    this.#stop ??= this.#deps.repeater.every(INTERVAL_MS, async () => {
      const usages = await this.#measure();
      // The last watcher may have left during the look.
      if (this.#stop === null) return;
      this.#latest = usages;
      tell(usages);
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
    this.#latest = null;
    this.#before = new Map();
  }

  async #measure(): Promise<Usages | null> {
    const { supervisor, stats } = this.#deps;
    const sample = await stats.sample();
    if (sample === null) return null;
    const alive = allPrograms(this.#deps).filter((process) => process.pid !== 0);
    const totals = totalsOf(sample, new Set(alive.map((process) => process.pid)));
    const usages = new Map<ProcessKey, UsageTexts>();
    for (const { key, pid } of alive) {
      const now = totals.get(pid);
      const info = supervisor.info(key);
      if (now === undefined || info === null) continue;
      const before = this.#before.get(pid);
      const age = (info.now - info.start) * SECOND;
      const percent = before === undefined ? averageCpuPercent(now, age) : cpuPercent(before, now);
      const cpu = percent === null ? "–" : formatPercent(percent);
      usages.set(key, { cpu, memory: formatBytes(now.memoryBytes) });
    }
    // Kept only while somebody watches.
    if (this.#stop !== null) this.#before = totals;
    return usages;
  }
}
