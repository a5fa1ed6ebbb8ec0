// One life of the simulated daemon: from its start, through all that clients and programs do to it, to its end.

import { command, writeFile } from "./clients.ts";
import type { SimulationOptions } from "./options.ts";
import { Simulation } from "./simulation.ts";

const HOUR = 3_600_000;

export interface Outcome {
  readonly fingerprint: string;
  readonly spawns: number;
  readonly restarts: number;
  /** Starts that ended without a verdict. */
  readonly abandoned: number;
  /** Children that outlived their group because they could not be killed. */
  readonly strays: number;
  readonly faults: ReadonlySet<string>;
  readonly changes: ReadonlySet<string>;
  /** What programs that need each other went through. */
  readonly seen: ReadonlySet<string>;
}

/**
 * @param meanCommandGapMs average time between two commands
 * @param betweenSteps what else happens, without any time passing
 */
export async function runLife(
  options: SimulationOptions,
  meanCommandGapMs: number,
  betweenSteps: (sim: Simulation) => void | Promise<void> = () => {},
): Promise<Outcome> {
  const sim = new Simulation(options);
  const { clock, agenda, rng } = sim;
  const end = clock.now().mono + options.durationMs;
  const nextCommand = (): void => {
    // Several at one moment too: before the daemon had time for the first.
    const at = clock.now().mono + (rng.chance(0.2) ? 0 : rng.exponential(meanCommandGapMs));
    agenda.add(at, () => {
      if (sim.ends !== null) sim.ends.isCommanded = true;
      sim.isServing = true;
      if (sim.changes === null) command(sim);
      else sim.changes.command();
      sim.isServing = false;
      if (sim.ends !== null) sim.ends.isCommanded = false;
      // They continue while everything is stopped.
      if (sim.endings === 0) nextCommand();
    });
  };
  if (sim.changes === null) writeFile(sim);
  sim.bootFromFile();
  nextCommand();
  if (sim.watched) sim.measureMemory();
  while (await sim.step(end)) await betweenSteps(sim);

  await shutDown(sim);
  const { spawns, restarts, faults } = sim;
  const { strays, changes, seen } = sim.invariants;
  const { fingerprint } = sim.trace;
  const { abandoned } = sim.spawner;
  return {
    ...{ fingerprint, spawns, restarts, abandoned },
    ...{
      strays: strays.size,
      faults,
      changes,
      seen: new Set([
        ...[...seen, ...sim.health.seen, ...(sim.schedules?.seen ?? [])],
        ...(sim.ends?.seen ?? []),
        ...(sim.hooks?.seen ?? []),
        ...(sim.changes?.seen ?? []),
      ]),
    },
  };
}

async function shutDown(sim: Simulation): Promise<void> {
  if (sim.endings === 0) {
    sim.say("> shutdown");
    sim.ends?.requested();
    sim.isServing = true;
    sim.supervisor.shutdown();
    sim.isServing = false;
  }
  const limit = sim.clock.now().mono + HOUR;
  while (sim.endings === 0) {
    if (!(await sim.step(limit))) sim.fail("the shutdown did not end within an hour");
  }
  // Long enough for whatever was forgotten to show itself.
  while (await sim.step(sim.clock.now().mono + HOUR)) {
    if (sim.clock.now().mono > limit + 100 * HOUR) break;
  }
  if (sim.endings !== 1) sim.fail(`the end was told ${sim.endings} times`);
  if (sim.spawner.held.length > 0) sim.fail("a start is under way after the end");
  if (sim.waiting.size > 0) sim.fail(`${sim.waiting.size} clients still wait`);
  for (const group of sim.supervisor.groups()) {
    for (const { key, state, pid } of group.processes) {
      if (pid !== 0 && state !== "UNKNOWN" && sim.ends?.isLeft(pid) !== true)
        sim.fail(`${key} lives after the end`);
    }
  }
}
