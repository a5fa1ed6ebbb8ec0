// Churn with upgrades for as long as one likes, and rests in which memory, descriptors and threads are counted: they must
// come to the same again and again.

import { type Attack, during, type Scene } from "../attack/daemon/scene.ts";
import {
  type Holdings,
  holdingsOf,
  logProblems,
  restProblems,
  untouchedPids,
} from "../attack/monkey/invariants.ts";
import { atRest, churn } from "../attack/monkey/monkey.ts";
import { upgrade } from "../attack/monkey/operations.ts";
import { untouched, type World } from "../attack/monkey/world.ts";
import { residentKb } from "../e2e/rig/usage.ts";
import { growth } from "./trend.ts";

/** A cycle at the longest: churn, then rest. */
const CYCLE_MS = 30_000;
const LEAST_CYCLES = 9;
/** Long enough for what ends by itself, and for the daemon to give memory back. */
const REST_MS = 3000;

/** One rest. */
export interface Sample extends Holdings {
  readonly minute: number;
  readonly operations: number;
  readonly upgrades: number;
  readonly residentKb: number;
  /** In the middle of the churn before. */
  readonly busyKb: number;
}

/** @param report is told of each rest */
export function soak(minutes: number, report: (sample: Sample) => void): Attack {
  return {
    name: "soak",
    sections: untouched,
    upgrades: true,
    patienceMs: minutes * 120_000 + 120_000,
    attack: (scene) => endure(scene, minutes * 60_000, report),
  };
}

async function endure(scene: Scene, ms: number, report: (sample: Sample) => void): Promise<void> {
  const { rig, daemon, rng } = scene;
  const world: World = { rig, daemon, kinds: new Map() };
  const before = await untouchedPids(daemon);
  const samples: Sample[] = [];
  const churnMs = Math.max(500, Math.min(CYCLE_MS, ms / LEAST_CYCLES) - REST_MS);
  const begin = performance.now();
  let operations = 0;
  let upgrades = 0;
  while (performance.now() < begin + ms || samples.length < LEAST_CYCLES) {
    const end = performance.now() + churnMs;
    const churning = churn(world, rng, () => {
      operations += 1;
      scene.count();
      return performance.now() < end;
    });
    await during(churnMs / 2);
    const busyKb = holdingsOf(daemon.pid).anonymousKb;
    // Every second cycle, in the middle of it.
    if (samples.length % 2 === 1) {
      const refused = await upgrade(world);
      if (refused !== null) throw new Error(`an upgrade was refused: ${refused}`);
      upgrades += 1;
    }
    await churning;
    await atRest(world);
    await during(REST_MS);
    const minute = (performance.now() - begin) / 60_000;
    const resting = { ...holdingsOf(daemon.pid), residentKb: residentKb(daemon.pid) };
    samples.push({ ...resting, minute, operations, upgrades, busyKb });
    report({ ...resting, minute, operations, upgrades, busyKb });
    const problems = [...(await restProblems(daemon, rig)), ...logProblems(rig)];
    if (problems.length > 0) throw new Error(problems.join("\n"));
  }
  const after = await untouchedPids(daemon);
  if (after !== before) throw new Error(`untouched programs were ${before} and are ${after}`);
  const of = (key: keyof Sample): readonly number[] => samples.map((sample) => sample[key]);
  const grown = [
    growth("anonymous memory (KB)", of("anonymousKb"), { share: 0.15, constant: 4096 }),
    growth("anonymous memory under load (KB)", of("busyKb"), { share: 0.25, constant: 8192 }),
    growth("descriptors", of("descriptors"), { share: 0, constant: 4 }),
    growth("threads", of("threads"), { share: 0, constant: 1 }),
  ].filter((text) => text !== null);
  if (grown.length > 0) throw new Error(grown.join("\n"));
}
