// `make soak MINUTES=30`: see soak.ts. Prints a line for each rest and fails when something grows or an invariant is broken.

import { carryOut } from "../attack/daemon/scene.ts";
import { table } from "../attack/row.ts";
import { withoutTsv } from "../e2e/rig/places.ts";
import { Rng } from "../sim/rng.ts";
import { type Sample, soak } from "./soak.ts";

const { SEED = "1", MINUTES = "30" } = process.env;
const missing = withoutTsv();
if (missing !== false) throw new Error(missing);

const COLUMNS = ["min", "ops", "upgrades", "RSS MB", "anon MB", "busy MB", "fds", "threads"];

function line(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(9)).join("")}\n`);
}

function show(sample: Sample): void {
  const { minute, operations, upgrades, descriptors, threads } = sample;
  const megabytes = [sample.residentKb, sample.anonymousKb, sample.busyKb].map((kb) =>
    (kb / 1024).toFixed(1),
  );
  line([
    minute.toFixed(1),
    `${operations}`,
    `${upgrades}`,
    ...megabytes,
    `${descriptors}`,
    `${threads}`,
  ]);
}

line(COLUMNS);
const row = await carryOut(soak(Number(MINUTES), show), new Rng(Number(SEED)));
process.stdout.write(`\n${table([row])}`);
if (row.problem !== null) {
  process.stdout.write(`${row.problem}\n`);
  process.exitCode = 1;
}
