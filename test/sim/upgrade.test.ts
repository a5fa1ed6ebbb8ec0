// A daemon that is replaced again and again lives the same life as one that is not: to the last line of its log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "./rng.ts";
import { runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A week where the simulation has time: `make slow-sim`. */
const DAYS = process.env["SIM_SEEDS"] === undefined ? 2 : 7;

/** Replaces the daemon after one step in so many, at moments that only this seed knows. */
function now(seed: number, oneIn: number): { tell(sim: Simulation): void; count: number } {
  const rng = new Rng(seed);
  const replacements = {
    count: 0,
    tell(sim: Simulation): void {
      if (rng.chance(1 / oneIn) && sim.upgrade()) replacements.count += 1;
    },
  };
  return replacements;
}

for (const seed of [1, 3, 8, 34]) {
  test(`an hour of commands is the same with a hundred replacements in it (seed ${seed})`, async () => {
    const options = { seed, durationMs: HOUR, meanLifeMs: 20_000 };
    const replacements = now(seed, 20);
    const replaced = await runLife(options, 1500, replacements.tell);
    assert.ok(replacements.count > 100, `${replacements.count} replacements`);
    assert.deepEqual(replaced, await runLife(options, 1500));
  });
}

test(`${DAYS} days of crashes are the same when the daemon is replaced again and again`, async () => {
  const options = { seed: 8, durationMs: DAYS * 24 * HOUR, meanLifeMs: 2 * HOUR };
  const replacements = now(8, 700);
  const replaced = await runLife(options, 2 * HOUR, replacements.tell);
  assert.ok(replacements.count > 10, `${replacements.count} replacements`);
  assert.deepEqual(replaced, await runLife(options, 2 * HOUR));
});
