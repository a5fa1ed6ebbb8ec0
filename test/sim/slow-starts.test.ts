// Starts whose verdicts come late, out of order or never, while clients stop, shut down, remove and upgrade.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "./rng.ts";
import { runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const HALF_HOUR = 1_800_000;
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 2);

for (const seed of Array.from({ length: SEEDS }, (_, n) => 2000 + n)) {
  const options = { seed, durationMs: HALF_HOUR, meanLifeMs: 20_000, slowStarts: true, places: 4 };

  test(`supervision holds through half an hour of slow starts (seed ${seed})`, async () => {
    const { abandoned, spawns } = await runLife(options, 700);
    assert.ok(abandoned > 20, `${abandoned} abandoned starts`);
    assert.ok(spawns > 100, `${spawns} spawns`);
  });

  test(`nothing is lost when the daemon is replaced while starts hang (seed ${seed})`, async () => {
    const rng = new Rng(seed);
    let replaced = 0;
    const replace = async (sim: Simulation): Promise<void> => {
      if (!rng.chance(1 / 20)) return;
      await sim.upgradeInBetween();
      replaced = sim.upgrades;
    };
    await runLife(options, 700, replace);
    assert.ok(replaced > 20, `${replaced} replacements`);
  });
}
