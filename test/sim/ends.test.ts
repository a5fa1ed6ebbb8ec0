// Lives of the simulated daemon that a program may end (exit_on=, essential=), among health checks that restart programs,
// dependencies, clients that stop, start, edit and reload, upgrades, and programs that not even SIGKILL ends in time: it ends once,
// for a reason that the rule has, with the documented status, in order and within shutdown_grace.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExitRule } from "../../src/core/config/value-types.ts";
import type { SimulationOptions } from "./options.ts";
import { Rng } from "./rng.ts";
import { type Outcome, runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const MINUTE = 60_000;
const RULES: readonly ExitRule[] = ["never", "fatal", "exit", "any", "all"];
const PINNED: readonly number[] = [1, 2, 3, 5, 8];
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 20);
const seeds = [...new Set([...PINNED, ...Array.from({ length: SEEDS }, (_, n) => 4000 + n)])];

function optionsOf(seed: number, exitOn: ExitRule): SimulationOptions {
  const shutdownGrace = [1, 8, 30, null][seed % 4] ?? null;
  return {
    ...{ seed, durationMs: 10 * MINUTE, meanLifeMs: 60_000, ends: { exitOn, shutdownGrace } },
    // Programs that are watched have changes of state that only dependencies have otherwise.
    ...{ graphs: seed % 3 !== 1, watched: seed % 3 === 2, slowStarts: seed % 5 === 0 },
  };
}

/** Clients that start little: more programs are down. */
const gapOf = (exitOn: ExitRule): number => (exitOn === "all" ? 30_000 : 3000);

for (const exitOn of RULES) {
  const lives: Outcome[] = [];
  test(`exit_on=${exitOn} ends the daemon when it says so, and only then`, async () => {
    for (const seed of seeds) lives.push(await runLife(optionsOf(seed, exitOn), gapOf(exitOn)));
  });

  test(`exit_on=${exitOn} has ended some of them, and so have essential programs`, () => {
    const seen = new Set(lives.flatMap((life) => [...life.seen]));
    const isFirst = ["any", "all"].includes(exitOn);
    assert.ok(isFirst || seen.has("essential"), [...seen].join());
    const isSeen = [...seen].some((each) => each.startsWith(`${exitOn} `));
    assert.equal(isSeen, exitOn !== "never", [...seen].join());
  });
}

test("it is the same when the daemon is replaced again and again", async () => {
  let replacements = 0;
  for (const seed of PINNED) {
    for (const exitOn of RULES) {
      const options = { ...optionsOf(seed, exitOn), slowStarts: false };
      const rng = new Rng(seed);
      const replaced = await runLife(options, 3000, (sim: Simulation) => {
        if (rng.chance(1 / 10) && sim.upgrade()) replacements += 1;
      });
      assert.deepEqual(replaced, await runLife(options, 3000));
    }
  }
  assert.ok(replacements > 100, `${replacements} replacements`);
});

test("an upgrade that begins while starts are under way changes nothing of the end", async () => {
  for (const seed of PINNED) {
    for (const exitOn of RULES) {
      const rng = new Rng(seed);
      // A start that is begun again does not wait again for what it needs.
      const options = {
        ...optionsOf(seed, exitOn),
        slowStarts: true,
        graphs: false,
        watched: false,
      };
      await runLife(options, 3000, async (sim: Simulation) => {
        if (rng.chance(1 / 20)) await sim.upgradeInBetween();
      });
    }
  }
});
