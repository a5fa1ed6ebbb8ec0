// Thousands of random operations by several clients at once, upgrades in between, and what must hold all the time: one
// process for each name, no orphan, no zombie, untouched programs untouched, every line of a log, nothing that grows.

import { readdirSync, rmSync } from "node:fs";
import { Rng } from "../../sim/rng.ts";
import { type Attack, during, type Scene } from "../daemon/scene.ts";
import {
  alwaysProblems,
  holdingsOf,
  logProblems,
  restProblems,
  untouchedPids,
} from "./invariants.ts";
import { anyOperation, upgrade } from "./operations.ts";
import { configure, untouched, type World } from "./world.ts";

const CLIENTS = 10;
const UPGRADES = 4;
const PROGRAMS = 14;
/** Between two looks at what always holds. */
const LOOK_MS = 500;
/** At rest after everything was stopped; the margin is for what garbage collection has not been to yet. */
const GROWTH = { descriptors: 12, threads: 4, anonymousKb: 40 * 1024 } as const;

/** @param operations how many, of all clients together */
export function monkey(operations: number): Attack {
  return {
    name: "monkey",
    sections: untouched,
    upgrades: true,
    patienceMs: 60_000 + operations * 60,
    attack: (scene) => play(scene, operations),
  };
}

async function play(scene: Scene, operations: number): Promise<void> {
  const { rig, daemon, rng } = scene;
  const world: World = { rig, daemon, kinds: new Map() };
  const before = await untouchedPids(daemon);
  await atRest(world);
  const holdings = holdingsOf(daemon.pid);
  let left = operations;
  let isOver = false;
  const problems = new Set<string>();
  const mayGoOn = (): boolean => {
    scene.count();
    left -= 1;
    return left >= 0;
  };
  const looks = async (): Promise<void> => {
    while (!isOver) {
      for (const problem of await alwaysProblems(daemon).catch(() => [])) problems.add(problem);
      await during(LOOK_MS);
    }
  };
  const upgrades = async (): Promise<void> => {
    for (let n = 1; n <= UPGRADES && left > 0; n++) {
      while (left > operations * (1 - n / (UPGRADES + 1))) await during(50);
      const refused = await upgrade(world);
      if (refused !== null) problems.add(`an upgrade was refused: ${refused}`);
    }
  };
  const looking = looks();
  await Promise.all([churn(world, rng, mayGoOn), upgrades()]);
  isOver = true;
  await looking;
  await atRest(world);
  const after = await untouchedPids(daemon);
  if (after !== before) problems.add(`untouched programs were ${before} and are ${after}`);
  for (const problem of [...(await restProblems(daemon, rig)), ...logProblems(rig)])
    problems.add(problem);
  const now = holdingsOf(daemon.pid);
  for (const key of ["descriptors", "threads", "anonymousKb"] as const) {
    if (now[key] > holdings[key] + GROWTH[key])
      problems.add(`${key}: ${holdings[key]} before, ${now[key]} after`);
  }
  if (problems.size > 0) throw new Error([...problems].slice(0, 20).join("\n"));
}

/** Does random operations by several clients at once, as long as it shall. */
export async function churn(world: World, rng: Rng, mayGoOn: () => boolean): Promise<void> {
  for (let n = 0; n < PROGRAMS; n++) configure(world, `p${n}`, rng);
  const client = async (chance: Rng): Promise<void> => {
    while (mayGoOn()) await anyOperation(chance)(world, chance);
  };
  await Promise.all(Array.from({ length: CLIENTS }, () => client(new Rng(rng.int(0, 2 ** 31)))));
}

/** Removes everything that the monkey has made, and waits until nothing happens any more. */
export async function atRest({ rig, daemon }: World): Promise<void> {
  for (const name of readdirSync(rig.path("conf.d"))) {
    if (/^(?:p\d+|broken)\.ini$/.test(name)) rmSync(rig.path(`conf.d/${name}`));
  }
  const [[, , removed = []] = []] = (await daemon.ask("reloadConfig")) as string[][][];
  for (const group of removed) {
    await daemon.call("supervisor.stopProcessGroup", group, true);
    await daemon.ask("removeProcessGroup", group);
  }
  await during(1000);
}
