// Deaths of a daemon at random times, by signals and for want of memory.

import { spawnSync } from "node:child_process";
import { until } from "../../rig/wait.ts";
import { Rng } from "../../sim/rng.ts";
import type { Daemon } from "../rig/daemon.ts";

/** `SEED=` tries other times. */
export const SEED = Number(process.env["SEED"] ?? 1);

/** Signals, and "memory": its programs get the limit too, so none may be started meanwhile. */
export type Way = "SIGKILL" | "SIGSEGV" | "SIGABRT" | "memory";
const SIGNALS: readonly [Way, ...Way[]] = ["SIGKILL", "SIGSEGV", "SIGABRT"];
/** Calls after which a daemon without memory must have died. */
const CALLS = 50;

export class Deaths {
  readonly rng = new Rng(SEED);
  /** From each death to the first answer, milliseconds. */
  readonly pauses: number[] = [];
  count = 0;
  readonly #daemon: Daemon;
  readonly #ways: readonly [Way, ...Way[]];

  constructor(daemon: Daemon, ways = SIGNALS) {
    this.#daemon = daemon;
    this.#ways = ways;
  }

  /** The daemon dies, at times twice. @returns when its successor answers */
  async one(): Promise<void> {
    const victim = await this.#alive();
    const begun = performance.now();
    await this.#end(victim);
    if (this.rng.chance(0.2)) {
      const next = await this.#alive(victim);
      const at = performance.now() + this.rng.int(0, 50);
      while (performance.now() < at);
      this.kill(next);
    }
    await this.answers();
    this.pauses.push(performance.now() - begun);
  }

  /** Kills the daemon at once. @param victim the process that is alive now by default */
  kill(victim = this.#daemon.process): void {
    this.count += 1;
    process.kill(victim, "SIGKILL");
  }

  /** Waits until a daemon answers. */
  async answers(): Promise<void> {
    const what = "an answer of the daemon";
    await until(async () => await this.#answered(), { what });
  }

  /** The median pause. */
  get median(): number {
    return Math.round([...this.pauses].sort((a, b) => a - b)[this.pauses.length >> 1] ?? 0);
  }

  async #end(victim: number): Promise<void> {
    const way = this.rng.pick(this.#ways);
    this.count += 1;
    if (way !== "memory") {
      process.kill(victim, way);
      return;
    }
    // Whatever it has, more it does not get.
    spawnSync("prlimit", ["--pid", String(victim), "--as=1:"]);
    for (let calls = 0; calls < CALLS && this.#daemon.process === victim; calls += 1) {
      await this.#answered();
    }
    if (this.#daemon.process === victim) process.kill(victim, "SIGKILL");
  }

  async #answered(): Promise<boolean> {
    return await this.#daemon.ask("getState").then(
      () => true,
      () => false,
    );
  }

  /** The daemon's own process. @param not one that is to be gone */
  async #alive(not = 0): Promise<number> {
    const { pid } = this.#daemon;
    return await until(
      () => {
        const { process: own } = this.#daemon;
        return own === pid || own === not ? undefined : own;
      },
      { what: "a daemon under the keeper" },
    );
  }
}

/** The pids of processes. */
export async function pidsOf(
  daemon: Daemon,
  names: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const infos = (await daemon.ask("getAllProcessInfo")) as readonly Record<string, unknown>[];
  const known = new Map(infos.map(({ name, pid }) => [name, pid]));
  return Object.fromEntries(names.map((name) => [name, known.get(name)]));
}
