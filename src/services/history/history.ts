// Adds a measurement of all programs, and how often they were started, to their history every ten seconds. One that fails is a gap.

import type { ProcessKey } from "../../core/base/ids.ts";
import {
  type History,
  type HistoryRange,
  type HistorySeries,
  MOST_PROGRAMS,
} from "../../core/history/history.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { UsageApi, Usages } from "../usage/api.ts";
import type { HistoryApi } from "./api.ts";
import type { HistoryKeeping } from "./keeping.ts";

interface HistoryDeps {
  readonly history: History;
  /** Null unless it is kept in a file. */
  readonly keeping: HistoryKeeping | null;
  /** Whether the history begins: then that of the file is read before anything is measured. */
  readonly isNew: boolean;
  /** Measures every ten seconds while it is watched. */
  readonly usage: Pick<UsageApi, "watch">;
  /** How often each process was started. */
  readonly started: () => Iterable<readonly [ProcessKey, number]>;
  readonly now: Clock["now"];
  readonly activity: Pick<ActivityLog, "log">;
}

export class HistoryService implements HistoryApi {
  readonly #deps: HistoryDeps;
  #stop: (() => void) | null = null;
  #isClosed = false;
  /** The first measurement knows the CPU since a program started, which may be years ago. */
  #isFirst = true;
  readonly #reported = new Set<"unknown" | "full">();

  constructor(deps: HistoryDeps) {
    this.#deps = deps;
    if (deps.keeping === null || !deps.isNew) this.#begin();
    else void deps.keeping.load().finally(() => this.#begin());
  }

  query(key: ProcessKey, range: HistoryRange): HistorySeries | null {
    return this.#deps.history.query(key, range, this.#deps.now());
  }

  /** @param isLast the daemon ends: what is kept in a file is written */
  async close(isLast: boolean): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
    await this.#deps.keeping?.close(isLast);
  }

  #begin(): void {
    if (!this.#isClosed) this.#stop = this.#deps.usage.watch((usages) => this.#add(usages));
  }

  #add(usages: Usages | null): void {
    if (usages === null) {
      this.#report("unknown", "this host tells nothing of the CPU and memory of programs");
      return;
    }
    const samples = Array.from(this.#deps.started(), ([key, started]) => {
      const { cpuPercent = null, memoryBytes = null } = usages.get(key) ?? {};
      const sample = { cpuPercent: this.#isFirst ? null : cpuPercent, memoryBytes, started };
      return [key, sample] as const;
    });
    this.#isFirst = false;
    const [refused] = this.#deps.history.add(this.#deps.now(), samples);
    if (refused === undefined) return;
    this.#report("full", `no room for ${refused} and others, only for ${MOST_PROGRAMS} programs`);
  }

  /** Once each. */
  #report(what: "unknown" | "full", text: string): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#deps.activity.log("WARN", `history: ${text}`);
  }
}
