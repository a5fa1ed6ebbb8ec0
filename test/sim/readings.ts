// The file as the daemons of the simulated host read it: it takes a while, and now and then it is broken.

import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { RefusedDecision, WantedDecision } from "../../src/core/config/decisions.ts";
import type { Config, ConfigError } from "../../src/core/config/model.ts";
import type { DecidedConfig } from "../../src/ports/config-reader.ts";
import { badConfig } from "../unit/services/supervisor/rig.ts";
import type { Simulation } from "./simulation.ts";

interface ReadingDeps {
  /** What the file says now. */
  readonly config: () => Config;
  /** Runs work of a daemon, which may die. */
  readonly untilDeath: (work: () => void) => void;
}

export class Readings {
  readonly #sim: Simulation;
  readonly #deps: ReadingDeps;
  /** Those that are under way. */
  #count = 0;

  constructor(sim: Simulation, deps: ReadingDeps) {
    this.#sim = sim;
    this.#deps = deps;
  }

  get isReading(): boolean {
    return this.#count > 0;
  }

  async read(): Promise<Result<Config, ConfigError>> {
    await this.#wait();
    const isBroken = this.#sim.rng.chance(0.1);
    return isBroken ? badConfig("broken by an editor") : ok(this.#deps.config());
  }

  async decide(wanted: WantedDecision): Promise<Result<DecidedConfig, RefusedDecision>> {
    await this.#wait();
    const decided = this.#sim.changes?.file.decide(wanted, this.#deps.config) ?? null;
    return decided ?? err({ fault: "BAD_NAME", text: wanted.name });
  }

  #wait(): Promise<void> {
    const { agenda, clock, rng, changes } = this.#sim;
    this.#count += 1;
    return new Promise((resolve) => {
      agenda.add(clock.now().mono + rng.pick([0, 1, 100, 10_000]), () => {
        this.#count -= 1;
        if (changes !== null) this.#stallSockets();
        resolve();
      });
    });
  }

  /** The disks of sockets may take a while, too. */
  #stallSockets(): void {
    const { agenda, clock, rng, sockets } = this.#sim;
    sockets.isStalled = rng.chance(0.3);
    if (!sockets.isStalled) return;
    const at = clock.now().mono + rng.pick([1, 100, 3000]);
    agenda.add(at, () => this.#deps.untilDeath(() => sockets.release()));
  }
}
