// Lives of the simulated daemon. SIM_SEEDS is how many seeds are tried besides the pinned ones; a failure prints its
// seed and what happened last. Pin a seed here when it has found something.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ALLOWED_CHANGES } from "./invariants.ts";
import { type Outcome, runLife } from "./run.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A week where the simulation has time: `make slow-sim`. */
const DAYS = process.env["SIM_SEEDS"] === undefined ? 2 : 7;

const PINNED: readonly number[] = [1, 2, 3, 5, 8, 13, 21, 34];
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 12);
const seeds = [...new Set([...PINNED, ...Array.from({ length: SEEDS }, (_, n) => 1000 + n)])];

const lives: Outcome[] = [];

for (const seed of seeds) {
  test(`supervision holds through an hour of commands without pause (seed ${seed})`, async () => {
    lives.push(await runLife({ seed, durationMs: HOUR, meanLifeMs: 20_000 }, 1500));
  });
}

test("those lives had everything in them that can happen", () => {
  const all = (pick: (life: Outcome) => Iterable<string>) =>
    new Set(lives.flatMap((life) => [...pick(life)]));
  const changes = all((life) => life.changes);
  for (const [from, targets] of Object.entries(ALLOWED_CHANGES)) {
    for (const to of targets)
      assert.ok(changes.has(`${from}->${to}`), `never seen: ${from}->${to}`);
  }
  assert.deepEqual([...all((life) => life.faults)].sort(), [
    "ABNORMAL_TERMINATION",
    "ALREADY_STARTED",
    "BAD_NAME",
    "FAILED",
    "NOT_RUNNING",
    "SHUTDOWN_STATE",
    "SPAWN_ERROR",
  ]);
  assert.ok(lives.some((life) => life.restarts > 0));
  assert.ok(lives.some((life) => life.strays > 0));
});

test(`supervision holds through ${DAYS} days of crashes`, async () => {
  const options = { seed: 8, durationMs: DAYS * 24 * HOUR, meanLifeMs: 2 * HOUR };
  const outcome = await runLife(options, 2 * HOUR);
  assert.ok(outcome.spawns > 700 * DAYS, `${outcome.spawns} spawns`);
});

test("the same seed leads to the same trace, another seed to another", async () => {
  const life = (seed: number) =>
    runLife({ seed, durationMs: 10 * MINUTE, meanLifeMs: 20_000 }, 1000);
  const first = await life(42);
  assert.deepEqual(await life(42), first);
  assert.notEqual((await life(43)).fingerprint, first.fingerprint);
});
