// Lives of the simulated daemon whose programs need each other in random graphs: no program starts before its conditions hold,
// stops go in reverse, nothing waits forever without a word, and a replacement of the daemon changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "./rng.ts";
import { type Outcome, runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Among them, programs that die at the moment at which their check succeeds (2065). */
const PINNED: readonly number[] = [1, 2, 3, 5, 2065];
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 4);
const seeds = [...new Set([...PINNED, ...Array.from({ length: SEEDS }, (_, n) => 2000 + n)])];

const lives: Outcome[] = [];

for (const seed of seeds) {
  test(`dependencies hold through an hour of commands (seed ${seed})`, async () => {
    const options = { seed, durationMs: HOUR, meanLifeMs: 60_000, graphs: true };
    lives.push(await runLife(options, 3000));
  });
}

test("those lives had waits, blocked programs and held stops in them", () => {
  for (const what of ["waiting", "blocked", "held", "dependency", "restart-with"]) {
    assert.ok(
      lives.some(({ seen }) => seen.has(what)),
      `never seen: ${what}`,
    );
  }
});

for (const seed of [1, 7]) {
  test(`they hold when starts are slow (seed ${seed})`, async () => {
    const options = { seed, durationMs: HOUR, meanLifeMs: 60_000, graphs: true, slowStarts: true };
    await runLife(options, 3000);
  });

  test(`an hour is the same with a hundred replacements in it (seed ${seed})`, async () => {
    const options = { seed, durationMs: HOUR, meanLifeMs: 60_000, graphs: true };
    const rng = new Rng(seed);
    let replacements = 0;
    const replaced = await runLife(options, 3000, (sim: Simulation) => {
      if (rng.chance(1 / 10) && sim.upgrade()) replacements += 1;
    });
    assert.ok(replacements > 100, `${replacements} replacements`);
    assert.deepEqual(replaced, await runLife(options, 3000));
  });
}
