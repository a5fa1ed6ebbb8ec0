// Lives of the simulated daemon whose configuration changes all the time: edits of the file, applies of all and of some, decisions
// of operators, commands, sockets that move, hooks that fail or never end, upgrades and deaths. What must be true of a change
// is in changes.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "./rng.ts";
import { type Outcome, runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const TEN_MINUTES = 600_000;

/**
 * 6001: a change that waited was made by a daemon that had ended. 6002: the socket of a change that was undone stayed open, and so
 * did the pipes of a removed process when its daemon died. 6003: a change waited for a process that cannot be killed.
 */
const PINNED: readonly number[] = [6000, 6001, 6002, 6003];
/**
 * 6104: the socket of a change that another one replaced stayed open. 6125: the end of a change closed the socket that the next one
 * opened, and a process that could not be killed ended a shutdown when it exited. 6204: an address that two sections have. 6217: a
 * process comes back before it has gone. 6121, 6205, 6231: options change while their limits run. 6263: a socket is free after a
 * change that was refused. 6126: a plan found an address free that was refused before.
 */
const PINNED_LIVING = [...PINNED, 6104, 6121, 6125, 6126, 6204, 6205, 6217, 6231, 6263];
/**
 * 6110, 6123: as 6104; the next daemon did not know the socket. 6116: as 6125. 6137: the next daemon gave a socket to two sections.
 * 6101: signals of the last decision are repeated. 6103: so is a stop_command. 6127: as 6121.
 */
const PINNED_DYING = [...PINNED, 6101, 6103, 6110, 6116, 6123, 6127, 6137];
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 0);
const seedsOf = (pinned: readonly number[]): readonly number[] => [
  ...new Set([...pinned, ...Array.from({ length: SEEDS }, (_, n) => 6100 + n)]),
];

const lives: Outcome[] = [];

/** Ten minutes of changes. @param betweenSteps what happens to the daemon */
async function live(seed: number, betweenSteps?: (sim: Simulation) => void | Promise<void>) {
  const life = { seed, durationMs: TEN_MINUTES, meanLifeMs: 60_000, changes: true };
  const hooks = seed % 2 === 1;
  const slow = seed % 3 === 0 ? { slowStarts: true, places: 4 } : {};
  lives.push(await runLife({ ...life, ...slow, hooks }, 2000, betweenSteps));
}

for (const seed of seedsOf(PINNED_LIVING)) {
  test(`changes hold through ten minutes of commands (seed ${seed})`, async () => {
    await live(seed);
  });
}

for (const seed of seedsOf(PINNED_DYING)) {
  test(`changes hold when the daemon is replaced and dies meanwhile (seed ${seed})`, async () => {
    const rng = new Rng(seed);
    const ends = { upgrades: 0, deaths: 0 };
    await live(seed, async (sim) => {
      sim.killOften(60);
      if (rng.chance(0.1)) sim.writeSnapshot();
      if (rng.chance(0.05)) await sim.upgradeInBetween();
      Object.assign(ends, { upgrades: sim.upgrades, deaths: sim.deaths });
    });
    assert.ok(ends.deaths > 5 && ends.upgrades > 5, JSON.stringify(ends));
  });
}

test("those lives had every change in them", () => {
  const seen = new Set(lives.flatMap((life) => [...life.seen]));
  const expected = [
    ...["add", "remove", "rename", "socket", "numprocs", "group", "live", "start"],
    ...["add up", "remove removed", "restart up", "restart down", "change done", "add failed"],
    ...["untouched", "nothing left", "undo", "disabled"],
  ];
  for (const what of expected) assert.ok(seen.has(what), `never seen: ${what}`);
});
