// Lives of the simulated daemon whose programs are started by the clock, which is set at any moment: never two runs at once, none
// before its time, and each run that is due is begun, queued, skipped or missed, and told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "./rng.ts";
import { type Outcome, runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const PINNED: readonly number[] = [1, 2, 3, 5];
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 4);
const seeds = [...new Set([...PINNED, ...Array.from({ length: SEEDS }, (_, n) => 3000 + n)])];

const lives: Outcome[] = [];

/** Sets the clock after one step in 50. */
function clockSetter(seed: number): (sim: Simulation) => void {
  const rng = new Rng(seed);
  const jumps = [1, 30 * SECOND, 90 * SECOND, 10 * MINUTE, 2 * HOUR, 5 * HOUR, 50 * HOUR] as const;
  return (sim) => {
    if (rng.chance(1 / 50)) sim.setClock(rng.pick(jumps) * rng.pick([1, 1, -1]));
  };
}

for (const seed of seeds) {
  const options = { seed, durationMs: HOUR, meanLifeMs: 20_000, schedules: true };

  test(`schedules hold through an hour of commands (seed ${seed})`, async () => {
    lives.push(await runLife(options, 5000));
  });

  test(`they hold when the clock is set at any moment (seed ${seed})`, async () => {
    lives.push(await runLife(options, 5000, clockSetter(seed)));
  });
}

test("those lives had everything in them that can come of a run that is due", () => {
  for (const what of ["started", "queued", "skipped", "missed", "caught up", "set back"]) {
    assert.ok(
      lives.some(({ seen }) => seen.has(what)),
      `never seen: ${what}`,
    );
  }
});

for (const seed of [1, 7]) {
  const options = { seed, durationMs: HOUR, meanLifeMs: 20_000, schedules: true };

  test(`they hold when starts are slow (seed ${seed})`, async () => {
    await runLife({ ...options, slowStarts: true }, 5000, clockSetter(seed));
  });

  test(`an hour is the same with a hundred upgrades in it (seed ${seed})`, async () => {
    const rng = new Rng(seed);
    let replacements = 0;
    const replaced = await runLife(options, 5000, (sim) => {
      if (rng.chance(1 / 10) && sim.upgrade()) replacements += 1;
    });
    assert.ok(replacements > 100, `${replacements} replacements`);
    assert.deepEqual(replaced, await runLife(options, 5000));
  });
}
