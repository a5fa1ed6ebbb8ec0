// Lives of the simulated daemon whose programs have hooks, which succeed, fail, or never end: at most one of a process at a time,
// no start during one, and every stop and shutdown ends; also when the daemon is replaced, or dies.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HOOKS } from "../../src/core/process/model.ts";
import { Rng } from "./rng.ts";
import { type Outcome, runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const MINUTE = 60_000;

const PINNED: readonly number[] = [1, 2, 3, 4];
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 2);
const seeds = [...new Set([...PINNED, ...Array.from({ length: SEEDS }, (_, n) => 5000 + n)])];
const life = { durationMs: 30 * MINUTE, meanLifeMs: 30_000, hooks: true };

const lives: Outcome[] = [];

for (const seed of seeds) {
  test(`hooks hold through half an hour of commands (seed ${seed})`, async () => {
    const graphs = seed % 2 === 0;
    lives.push(await runLife({ ...life, seed, graphs, watched: seed % 3 === 0 }, 3000));
  });
}

test("those lives had every hook in them", () => {
  for (const name of ["pre_start", ...HOOKS]) {
    assert.ok(
      lives.some(({ seen }) => seen.has(name)),
      `never seen: ${name}`,
    );
  }
});

test("hooks hold when the daemon is replaced while they are in progress", async () => {
  const rng = new Rng(1);
  let replaced = 0;
  await runLife({ ...life, seed: 1 }, 3000, async (sim: Simulation) => {
    if (!rng.chance(1 / 20)) return;
    await sim.upgradeInBetween();
    replaced = sim.upgrades;
  });
  assert.ok(replaced > 20, `${replaced} replacements`);
});

test("hooks hold when the daemon dies while they are in progress", async () => {
  let deaths = 0;
  await runLife({ ...life, seed: 2 }, 3000, (sim: Simulation) => {
    sim.killOften(50);
    deaths = sim.deaths;
  });
  assert.ok(deaths > 20, `${deaths} deaths`);
});
