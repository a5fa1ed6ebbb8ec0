// Answers /metrics, /healthz and /readyz. Everything is measured for the request: a daemon without such requests does
// nothing. Loaded with the first of them.

import { may } from "../../core/access/permissions.ts";
import type { Client } from "../../core/access/principal.ts";
import { displayName, type ProcessKey } from "../../core/base/ids.ts";
import { printable } from "../../core/base/printable.ts";
import type { Turns } from "../../core/base/turns.ts";
import { CONTENT_TYPES, formatFor, labelsText } from "../../core/metrics/exposition.ts";
import {
  type DaemonMetrics,
  metricsText,
  type ProgramMetrics,
} from "../../core/metrics/families.ts";
import { whyNotReady } from "../../core/metrics/readiness.ts";
import { addedLimits, countedLimits, type LimitCounts } from "../../core/process/reached-limits.ts";
import type { ProcessReport } from "../../core/why/program-history.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { AlertsApi } from "../alerts/api.ts";
import type { EventPools } from "../events/api.ts";
import type { LogsApi } from "../logs/api.ts";
import type { ProcessView, SupervisorApi } from "../supervisor/api.ts";
import type { UsageApi, Usages } from "../usage/api.ts";
import { pathOf } from "./paths.ts";

export interface MetricsDeps {
  readonly supervisor: Pick<SupervisorApi, "state" | "groups" | "info" | "report">;
  readonly logs: Pick<LogsApi, "received" | "dropped" | "lost">;
  readonly usage: Pick<UsageApi, "look">;
  readonly events: EventPools;
  readonly alerts: Pick<AlertsApi, "receivers">;
  /** What the present cgroup of a process has counted. */
  readonly limits: (key: ProcessKey) => LimitCounts;
  /** The time that all requests share. */
  readonly turns: Turns;
  /** The daemon itself, now. */
  readonly daemon: () => Omit<DaemonMetrics, "state" | "pools" | "receivers">;
}

/** Above this many programs, an answer needs one of the few slots for large ones. */
const MOST_SMALL = 25;
/** Programs that /readyz names. */
const MOST_NAMED = 20;
const NOT_STORED = ["Cache-Control", "no-store"] as const;
const ENCODER = new TextEncoder();

export class Metrics {
  readonly #deps: MetricsDeps;
  /** The most processor time of each run: children that exit without being waited for take theirs with them. */
  #cpuMs: ReadonlyMap<ProcessKey, { readonly pid: number; readonly ms: number }> = new Map();

  /** What `#look` finds, for all requests that come meanwhile: a load balancer must not be told that the daemon is busy. */
  #looking: Promise<string> | null = null;

  constructor(deps: MetricsDeps) {
    this.#deps = deps;
  }

  /** Answers a request that `metricsPermission` knows, for a client with that permission. */
  answer(request: HttpRequest, client: Client): Promise<HttpReply> {
    switch (pathOf(request.target)) {
      case "/healthz":
        return Promise.resolve(textReply("ok\n"));
      case "/readyz":
        return this.#ready(may(client, "read"));
      default:
        return this.#metrics(request);
    }
  }

  /** @param isNaming names the programs */
  async #ready(isNaming: boolean): Promise<HttpReply> {
    const state = this.#deps.supervisor.state();
    if (state !== "RUNNING") return textReply(isNaming ? `daemon: ${state}\n` : NOT_READY, 503);
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    const text = await this.#looking;
    if (text === "") return textReply("ready\n");
    return textReply(isNaming ? text : NOT_READY, 503);
  }

  /** Programs that are not ready, a line each; empty if all are. */
  async #look(): Promise<string> {
    const lines: string[] = [];
    let more = 0;
    for (const process of this.#programs()) {
      await this.#turn();
      const report = this.#deps.supervisor.report(process.key);
      const why = report === null ? null : reasonOf(process, report);
      if (why === null) continue;
      if (lines.length === MOST_NAMED) more += 1;
      else lines.push(`${printable(displayName(process.group, process.config.name))}: ${why}\n`);
    }
    return `${lines.join("")}${more > 0 ? `and ${more} more\n` : ""}`;
  }

  async #metrics(request: HttpRequest): Promise<HttpReply> {
    const { usage, supervisor, events, alerts, daemon } = this.#deps;
    const processes = this.#programs();
    if (processes.length > MOST_SMALL && !(await request.enter())) return BUSY;
    const usages = (await usage.look()) ?? new Map();
    this.#noteCpu(processes, usages);
    const programs: ProgramMetrics[] = [];
    for (const process of processes) {
      await this.#turn();
      const facts = this.#factsOf(process, usages);
      if (facts !== null) programs.push(facts);
    }
    const pools = events.pools().map(({ name, counts, buffer, bufferSize }) => ({
      ...{ ...counts, name, waiting: buffer.length, capacity: bufferSize },
    }));
    const format = formatFor(request.header("accept"));
    const parts: Uint8Array[] = [];
    const facts = { ...daemon(), state: supervisor.state(), pools, receivers: alerts.receivers() };
    for (const part of metricsText(programs, facts, format)) {
      parts.push(ENCODER.encode(part));
      await this.#turn();
    }
    return {
      ...{ kind: "parts", status: 200 },
      headers: [["Content-Type", CONTENT_TYPES[format]], NOT_STORED],
      length: parts.reduce((sum, { length }) => sum + length, 0),
      next: async () => parts.shift() ?? null,
    };
  }

  #programs(): readonly ProcessView[] {
    return this.#deps.supervisor.groups().flatMap(({ processes }) => processes);
  }

  #noteCpu(processes: readonly ProcessView[], usages: Usages): void {
    const noted = processes.flatMap(({ key, pid }) => {
      const before = this.#cpuMs.get(key);
      const ms = usages.get(key)?.cpuMs ?? 0;
      if (pid === 0) return [];
      return [[key, { pid, ms: before?.pid === pid ? Math.max(before.ms, ms) : ms }] as const];
    });
    this.#cpuMs = new Map(noted);
  }

  /** Null if it was removed meanwhile. */
  #factsOf(process: ProcessView, usages: Usages): ProgramMetrics | null {
    const { supervisor, logs } = this.#deps;
    const { key, group, config } = process;
    const info = supervisor.info(key);
    const report = supervisor.report(key);
    if (info === null || report === null) return null;
    const usage = usages.get(key);
    const health = report.health?.state ?? "unknown";
    return {
      labels: labelsText({ group, name: config.name }),
      state: info.state,
      exitStatus: info.exitStatus,
      start: info.start,
      isReady: reasonOf(process, report) === null,
      isHealthy: health === "unknown" ? null : health === "healthy",
      starts: report.runs.starts,
      exits: report.runs.exits,
      usage:
        usage === undefined ? null : { ...usage, cpuMs: this.#cpuMs.get(key)?.ms ?? usage.cpuMs },
      output: { stdout: logs.received(key, "stdout"), stderr: logs.received(key, "stderr") },
      limits: this.#limitsOf(process, report.runs.limits),
      dropped: logs.dropped(key),
      lostBytes: logs.lost(key)?.bytes ?? 0,
    };
  }

  /** Of a limit that it has, also a count of 0, so that the first time is an increase. */
  #limitsOf({ key, pid, config }: ProcessView, before: LimitCounts): LimitCounts {
    const set = countedLimits(config);
    if (set.length === 0) return before;
    const now = pid === 0 ? {} : this.#deps.limits(key);
    const zero = Object.fromEntries(set.map((limit) => [limit, 0]));
    return addedLimits(addedLimits(zero, before), now);
  }

  async #turn(): Promise<void> {
    const pause = this.#deps.turns.pause();
    if (pause !== null) await pause;
  }
}

const NOT_READY = "not ready\n";
const BUSY = textReply("Other large requests are in work.\n", 503);

function reasonOf({ stoppable, config }: ProcessView, report: ProcessReport): string | null {
  const last = report.runs.ended.at(-1);
  return whyNotReady({
    state: report.state,
    stoppable,
    isScheduled: config.schedule !== null,
    isOnDemand: config.startOn !== null,
    isUnhealthy: report.health?.state === "unhealthy",
    hasFailed: last?.ending === "exited" && !last.expected,
  });
}

function textReply(body: string, status = 200): HttpReply {
  const headers = [["Content-Type", "text/plain; charset=utf-8"], NOT_STORED] as const;
  return { kind: "whole", status, headers, body };
}
