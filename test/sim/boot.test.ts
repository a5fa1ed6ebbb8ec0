// A daemon that is replaced again and again while it starts its programs: each is started once, in the order in which a
// daemon that is left alone starts them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../fakes/config-model.ts";
import type { SimulationOptions } from "./options.ts";
import { ownerOf } from "./programs.ts";
import { Rng } from "./rng.ts";
import { Simulation } from "./simulation.ts";

const MINUTE = 60_000;
const SEEDS = Number(process.env["SIM_SEEDS"] ?? 4);
const PROGRAMS = 60;

interface Boot {
  /** Who was started, in order. */
  readonly started: readonly string[];
  readonly fingerprint: string;
  readonly carried: number;
}

/** Starts programs that stay up, and lets ten minutes pass. */
async function boot(
  options: SimulationOptions,
  betweenSteps: (sim: Simulation) => void | Promise<void>,
): Promise<Boot> {
  const sim = new Simulation(options);
  const groups = [3, 1, 2].map((priority) => {
    const names = Array.from({ length: PROGRAMS / 3 }, (_, n) => `p${n}`);
    const steady = { command: "/bin/steady", startSecs: 1, startRetries: 30 };
    const programs = names.map((name) => fakeProcessConfig(name, steady));
    return fakeGroupConfig(`g${priority}`, programs, priority);
  });
  sim.boot(fakeConfig(groups));
  await betweenSteps(sim);
  const end = sim.clock.now().mono + 10 * MINUTE;
  while (await sim.step(end)) await betweenSteps(sim);
  const started = Array.from(sim.spawner.children.values(), ({ spec }) => ownerOf(spec));
  const states = sim.supervisor.groups().flatMap(({ processes }) => processes);
  for (const { key, state } of states) if (state !== "RUNNING") sim.fail(`${key} is ${state}`);
  return { started, fingerprint: sim.trace.fingerprint, carried: sim.startsCarried };
}

for (const seed of Array.from({ length: SEEDS }, (_, n) => 3000 + n)) {
  const calm = { seed, durationMs: MINUTE, meanLifeMs: Infinity };

  test(`a boot with a replacement after every step is the same as one without (seed ${seed})`, async () => {
    const replaced = await boot(calm, (sim) => void sim.upgrade());
    const alone = await boot(calm, () => {});
    assert.ok(replaced.carried > PROGRAMS, `${replaced.carried} starts were carried over`);
    assert.deepEqual({ ...replaced, carried: 0 }, alone);
    assert.equal(new Set(alone.started).size, PROGRAMS);
    assert.equal(alone.started.length, PROGRAMS);
  });

  test(`no start is lost or done twice when the daemon is replaced while others hang (seed ${seed})`, async () => {
    const rng = new Rng(seed);
    const replaced = await boot({ ...calm, slowStarts: true }, async (sim) => {
      if (sim.upgrades === 0 || rng.chance(1 / 2)) await sim.upgradeInBetween();
    });
    assert.ok(replaced.carried >= PROGRAMS, `${replaced.carried} starts were carried over`);
    assert.equal(new Set(replaced.started).size, PROGRAMS);
    assert.equal(replaced.started.length, PROGRAMS);
  });
}
