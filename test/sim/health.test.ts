// Lives of the simulated daemon whose programs need each other and are watched: checks come out at random, memory grows, programs
// grow old. No restart without enough failures, no check of a dead run counts, never two checks at once; and a replacement of
// the daemon changes nothing, also while checks are under way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "./rng.ts";
import { type Outcome, runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const HOUR = 3_600_000;

const PINNED: readonly number[] = [1, 2, 3];
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 4);
const seeds = [...new Set([...PINNED, ...Array.from({ length: SEEDS }, (_, n) => 3000 + n)])];
const life = { durationMs: HOUR, meanLifeMs: 60_000, graphs: true, watched: true };

const lives: Outcome[] = [];

for (const seed of seeds) {
  test(`health, memory and age hold through an hour of commands (seed ${seed})`, async () => {
    lives.push(await runLife({ ...life, seed }, 3000));
  });
}

test("those lives had every reason in them", () => {
  const turns = ["HEALTH healthy", "HEALTH unhealthy"];
  for (const what of [...turns, "RESTART health", "RESTART memory", "RESTART age"]) {
    assert.ok(
      lives.some(({ seen }) => seen.has(what)),
      `never seen: ${what}`,
    );
  }
});

for (const seed of [1, 7]) {
  test(`an hour is the same with a hundred replacements in it (seed ${seed})`, async () => {
    const rng = new Rng(seed);
    let replacements = 0;
    const replaced = await runLife({ ...life, seed }, 3000, (sim: Simulation) => {
      if (rng.chance(1 / 10) && sim.upgrade()) replacements += 1;
    });
    assert.ok(replacements > 100, `${replacements} replacements`);
    assert.deepEqual(replaced, await runLife({ ...life, seed }, 3000));
  });

  test(`it holds when the daemon is replaced while checks are under way (seed ${seed})`, async () => {
    const rng = new Rng(seed);
    let replaced = 0;
    await runLife({ ...life, seed }, 3000, async (sim: Simulation) => {
      if (!rng.chance(1 / 20)) return;
      await sim.upgradeInBetween();
      replaced = sim.upgrades;
    });
    assert.ok(replaced > 20, `${replaced} replacements`);
  });
}
