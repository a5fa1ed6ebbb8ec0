// A daemon that dies again and again, before and after decisions are written down: its successors forget nothing, start nothing
// twice, and leave no process behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { SimulationOptions } from "./options.ts";
import { Rng } from "./rng.ts";
import { runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const HALF_HOUR = 1_800_000;
/** More where the simulation has time: `make slow-sim`. */
const SEEDS = Math.ceil(Number(process.env["SIM_SEEDS"] ?? 1) / 3);

const HOSTS: readonly (readonly [what: string, options: Partial<SimulationOptions>])[] = [
  ["programs", {}],
  ["slow starts", { slowStarts: true, places: 4 }],
  ["dependencies", { graphs: true, meanLifeMs: 60_000 }],
  ["checks", { watched: true }],
  ["schedules", { schedules: true }],
];

for (const [what, options] of HOSTS) {
  for (let seed = 4000; seed < 4000 + SEEDS; seed++) {
    test(`half an hour of ${what} with a death in fifty decisions (seed ${seed})`, async () => {
      const rng = new Rng(seed);
      let deaths = 0;
      const life = { seed, durationMs: HALF_HOUR, meanLifeMs: 20_000, ...options };
      await runLife(life, 1500, (sim: Simulation) => {
        sim.killOften(50);
        if (rng.chance(0.1)) sim.writeSnapshot();
        deaths = sim.deaths;
      });
      assert.ok(deaths > 10, `${deaths} deaths`);
    });
  }
}
