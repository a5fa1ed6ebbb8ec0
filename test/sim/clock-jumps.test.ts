// A wall clock that is set by years at any moment, as on a board without a clock of its own: the daemon lives the same
// life as with one that is right, and nobody is told of years that were none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "./rng.ts";
import { runLife } from "./run.ts";
import type { Simulation } from "./simulation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;

/** Sets the clock after one step in so many, by up to ten years, and looks at what clients are told after each. */
function clockSetter(seed: number, oneIn: number) {
  const rng = new Rng(seed);
  const setter = {
    count: 0,
    tell(sim: Simulation): void {
      if (rng.chance(1 / oneIn)) {
        sim.clock.shiftWall(rng.int(-10, 10) * YEAR + rng.int(-HOUR, HOUR));
        setter.count += 1;
      }
      checkTimes(sim);
    },
  };
  return setter;
}

/** How long each process is up, as clients compute it and as the description says. */
function checkTimes(sim: Simulation): void {
  for (const { processes } of sim.supervisor.groups()) {
    for (const { key } of processes) {
      const info = sim.supervisor.info(key);
      if (info === null || info.pid === 0) continue;
      const up = info.now - info.start;
      const [, days, hours, minutes, seconds] =
        /uptime (?:(\d+) days?, )?(\d+):(\d+):(\d+)$/.exec(info.description) ?? [];
      const told =
        seconds === undefined
          ? up
          : ((Number(days ?? 0) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 +
            Number(seconds);
      const isTrue = up >= 0 && up < 10 * YEAR && Math.abs(up - told) <= 3;
      if (!isTrue) sim.fail(`${key} is up for ${up} s, and said to be for ${told} s`);
    }
  }
}

for (const seed of [1, 2, 3, 5, 8, 13]) {
  test(`a clock that is set by years changes no decision (seed ${seed})`, async () => {
    const options = { seed, durationMs: HOUR, meanLifeMs: 20_000 };
    const calm = await runLife(options, 1500);
    const setter = clockSetter(seed, 20);
    const jumpy = await runLife(options, 1500, setter.tell);
    assert.ok(setter.count > 100, `${setter.count} jumps`);
    assert.deepEqual(jumpy, calm);
  });
}
