// Programs of the simulated host that are watched, and what must be true of them: counted from outside, by what their checks
// answered and what was measured, without the code that decides it.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../src/core/config/model.ts";
import type { CheckTarget, HealthAction } from "../../src/core/config/value-types.ts";
import type { Notice } from "../../src/core/process/model.ts";
import type { ProcessView } from "../../src/services/supervisor/api.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { PendingCheck } from "../fakes/checker.ts";
import type { FakeClock } from "../fakes/clock.ts";
import type { Rng } from "./rng.ts";

const READY_PORT = 1;
const HEALTH_PORT = 2;
/** The longest wait of a program with options of restarts, in seconds, without jitter. */
export const LONGEST_DELAY = 20;

/** A check of its own for each program, so that it is known whom a check is about. */
export function checkOf(key: string, about: "ready" | "health"): CheckTarget {
  return { kind: "tcp", host: key, port: about === "ready" ? READY_PORT : HEALTH_PORT };
}

/** Options of health and restarts. */
export function anyWatch(rng: Rng, key: string, isOneshot: boolean): Partial<ProcessConfig> {
  const hasCheck = !isOneshot && rng.chance(0.5);
  const health: Partial<ProcessConfig> = hasCheck
    ? {
        healthCheck: checkOf(key, "health"),
        healthInterval: rng.pick([0.5, 5, 30]),
        healthRetries: rng.pick([1, 2, 3]),
        healthStartPeriod: rng.pick([0, 0, 20]),
        healthAction: rng.pick<HealthAction>([
          { kind: "restart" },
          { kind: "restart" },
          { kind: "report" },
          { kind: "signal", signal: 10 },
        ]),
      }
    : {};
  const limits: Partial<ProcessConfig> = isOneshot
    ? {}
    : {
        maxMemory: rng.chance(0.3) ? 1000 : null,
        maxAge: rng.chance(0.2) ? rng.pick([2, 60]) : null,
        maxAgeJitter: 0.1,
      };
  return { ...health, ...limits, ...anyRestarts(rng) };
}

function anyRestarts(rng: Rng): Partial<ProcessConfig> {
  return {
    restartDelay: rng.pick([null, null, 0, 0.5, 5]),
    restartBackoff: rng.pick(["constant", "linear", "exponential"]),
    // Waits that grow without an end would hide what is forgotten.
    restartDelayMax: LONGEST_DELAY,
    restartJitter: rng.pick([0, 0, 0.2]),
    restartLimit: rng.pick([null, null, { count: 2, seconds: 60 }]),
    fatalRetryAfter: rng.pick([null, null, 1, 30]),
    ...(rng.chance(0.2) ? { startRetries: -1 } : {}),
  };
}

/** What is known of the present run of a process. */
interface Run {
  readonly pid: number;
  failures: number;
  wasHealthy: boolean;
  /** When the last check began; null for none. */
  askedAt: number | null;
  /** Measurements in a row above the limit. */
  overLimit: number;
}

interface HealthDeps {
  readonly clock: FakeClock;
  readonly supervisor: () => Supervisor;
  readonly fail: (text: string) => never;
  /** The child of a process is dead, whether the daemon knows it or not. */
  readonly isDead: (key: string) => boolean;
}

export class HealthWatch {
  readonly #deps: HealthDeps;
  readonly #runs = new Map<string, Run>();
  /** Of each process, whom its check under way is about. */
  readonly #pending = new Map<string, { readonly check: PendingCheck; readonly pid: number }>();
  /** When each was started last. */
  readonly #starts = new Map<string, number>();
  /** Reasons and turns that were seen. */
  readonly seen = new Set<string>();

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  starts(key: string): void {
    this.#starts.set(key, this.#deps.clock.now().mono);
  }

  /** A check begins. @param isPending whether one that began earlier still waits for its answer */
  begins(check: PendingCheck, isPending: (check: PendingCheck) => boolean): void {
    const { target } = check;
    if (target.kind !== "tcp") return;
    const { host: key, port } = target;
    const before = this.#pending.get(key);
    if (before !== undefined && isPending(before.check)) {
      this.#deps.fail(`${key} is asked twice at once`);
    }
    const view = this.#view(key);
    if (view === null || view.pid === 0) this.#deps.fail(`${key} is asked and does not run`);
    const state = port === READY_PORT ? "STARTING" : "RUNNING";
    if (view.state !== state) this.#deps.fail(`${key} is asked in ${view.state}`);
    this.#pending.set(key, { check, pid: view.pid });
    if (port === HEALTH_PORT) this.#run(view).askedAt = this.#deps.clock.now().mono;
  }

  /** It is about to be answered. */
  answers({ target }: PendingCheck, ok: boolean): void {
    if (target.kind !== "tcp" || target.port !== HEALTH_PORT) return;
    const view = this.#view(target.host);
    const asked = this.#pending.get(target.host);
    if (view === null || asked?.pid !== view.pid) {
      this.#deps.fail(`a check of ${target.host} outlives its run`);
    }
    // The daemon hears of the death first.
    if (this.#deps.isDead(target.host)) return;
    const run = this.#run(view);
    const started = this.#starts.get(target.host) ?? 0;
    const counts =
      run.wasHealthy ||
      this.#deps.clock.now().mono >= started + view.config.healthStartPeriod * 1000;
    run.failures = ok || !counts ? 0 : run.failures + 1;
    if (ok) run.wasHealthy = true;
  }

  /** A daemon has died: results of checks that it had not written down are gone, and its checks with it. */
  recovered(): void {
    this.#pending.clear();
    const { processes } = this.#deps.supervisor().upgrade.state().supervision;
    for (const [key, run] of this.#runs) {
      const phase = processes.get(key as ProcessKey)?.state.phase;
      const watch = phase?.kind === "RUNNING" ? phase.watch : null;
      run.failures = watch?.health?.failures ?? 0;
      run.wasHealthy = watch?.health?.wasHealthy ?? false;
      run.overLimit = watch?.overLimit ?? 0;
      run.askedAt = this.#deps.clock.now().mono;
    }
  }

  measures(view: ProcessView, bytes: number): void {
    const limit = view.config.maxMemory;
    if (limit === null || view.state !== "RUNNING") return;
    const run = this.#run(view);
    run.overLimit = bytes > limit ? run.overLimit + 1 : 0;
  }

  noticed(key: ProcessKey, { about, details }: Notice): void {
    if (about !== "HEALTH" && about !== "RESTART") return;
    const view = this.#view(key);
    const run = this.#runs.get(key);
    const { pid } = details;
    if (view === null) this.#deps.fail(`${key} has a notice and is not there`);
    if (about === "RESTART") this.#restarts(view, run?.pid === pid ? run : undefined, details);
    else if (run === undefined || run.pid !== pid) {
      this.#deps.fail(`${key} has a change of health without a check`);
    } else if (details["to"] === "unhealthy" && run.failures !== view.config.healthRetries) {
      this.#deps.fail(`${key} is unhealthy after ${run.failures} failures`);
    } else if (details["to"] === "healthy" && run.failures > 0) {
      this.#deps.fail(`${key} is healthy after ${run.failures} failures`);
    }
    this.seen.add(`${about} ${details["to"] ?? details["reason"]}`);
  }

  #restarts({ key, config }: ProcessView, run: Run | undefined, details: Notice["details"]): void {
    const { fail, clock } = this.#deps;
    if (!config.enabled) fail(`${key} is restarted although it is disabled`);
    const failures = run?.failures ?? 0;
    const age = clock.now().mono - (this.#starts.get(key) ?? 0);
    switch (details["reason"]) {
      case "health":
        if (config.healthAction.kind !== "restart") fail(`${key} is not to be restarted`);
        if (failures < config.healthRetries) fail(`${key} is restarted after ${failures} failures`);
        return;
      case "memory":
        if ((run?.overLimit ?? 0) < 2)
          fail(`${key} is restarted after ${run?.overLimit ?? 0} measurements`);
        return;
      case "age":
        if (age < (config.maxAge ?? 0) * 900) fail(`${key} is restarted at the age of ${age}`);
        return;
      default:
        fail(`${key} is restarted for ${details["reason"]}`);
    }
  }

  /** One that is no good any more must not go on. @param quiet what can be done now is done */
  check(view: ProcessView, quiet: boolean): void {
    const run = this.#runs.get(view.key);
    const { healthAction, healthRetries, maxAge, enabled } = view.config;
    if (view.state !== "RUNNING" || !enabled) return;
    const age = this.#deps.clock.now().mono - (this.#starts.get(view.key) ?? 0);
    if (quiet && maxAge !== null && age > maxAge * 1000)
      this.#deps.fail(`${view.key} is older than max_age`);
    if (run === undefined || run.pid !== view.pid) return;
    const isBad = healthAction.kind === "restart" && run.failures >= healthRetries;
    if (isBad) this.#deps.fail(`${view.key} runs on after ${run.failures} failures`);
    if (run.overLimit >= 2) this.#deps.fail(`${view.key} runs on with too much memory`);
  }

  /** When something has to be done about a RUNNING process at the latest; null for never. @param since it is RUNNING */
  latestWakeUp({ key, pid, config }: ProcessView, since: number): number | null {
    const { healthCheck, healthInterval, maxAge, enabled } = config;
    const moments: number[] = [];
    const asked = this.#pending.get(key);
    const run = this.#runs.get(key);
    const askedAt = run?.pid === pid ? run.askedAt : null;
    if (healthCheck !== null && !(asked !== undefined && this.isPending(asked.check))) {
      moments.push((askedAt ?? since) + healthInterval * 1000);
    }
    const oldAt = maxAge === null ? null : (this.#starts.get(key) ?? 0) + maxAge * 1000;
    // Of a disabled program the age is only examined now and then.
    const pause = enabled ? 0 : this.#deps.clock.now().mono + 60_000;
    if (oldAt !== null) moments.push(Math.max(oldAt, pause));
    return moments.length === 0 ? null : Math.min(...moments);
  }

  /** Of the checker; set by the simulation. */
  isPending: (check: PendingCheck) => boolean = () => false;

  #run({ key, pid }: ProcessView): Run {
    const known = this.#runs.get(key);
    if (known?.pid === pid) return known;
    const fresh = { pid, failures: 0, wasHealthy: false, askedAt: null, overLimit: 0 };
    this.#runs.set(key, fresh);
    return fresh;
  }

  #view(key: string): ProcessView | null {
    const [group = "", name = ""] = key.split(":");
    return this.#deps.supervisor().process(group, name);
  }
}
