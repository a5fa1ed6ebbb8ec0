// `make attack`: attacks the parsers, the built executable, and lets a monkey loose on it. Prints a table of what each attack
// cost the others and fails when one of them succeeded.
//
// SEED=1       chance of everything; the same seed makes the same inputs and operations
// MINUTES=3    how long all of it takes, roughly
// ONLY=text    only attacks whose names contain this
// RUN=n        of a parser only this run

import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { TSV, withoutTsv } from "../e2e/rig/places.ts";
import { compiled } from "../rig/compiled.ts";
import { Rng } from "../sim/rng.ts";
import { FILE_ATTACKS } from "./daemon/files.ts";
import { FLOOD_ATTACKS } from "./daemon/floods.ts";
import { PROGRAM_ATTACKS } from "./daemon/programs.ts";
import { REQUEST_ATTACKS } from "./daemon/requests.ts";
import { carryOut } from "./daemon/scene.ts";
import { STARVING_ATTACKS } from "./daemon/starving.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { monkey } from "./monkey/monkey.ts";
import { type Row, table } from "./row.ts";

const { SEED = "1", MINUTES = "3", ONLY = "", RUN } = process.env;
const seed = Number(SEED);
const minutes = Number(MINUTES);
const isChosen = (name: string): boolean => name.includes(ONLY);
const rows: Row[] = [];
let skipped = 0;

/**
 * A file that was just written is cached in large pieces, and a process that executes it counts each whole piece as its memory:
 * up to thirty megabytes more than after a boot.
 */
function evictExecutable(): void {
  execFileSync(compiled("test/bench/native/evict.c"), [TSV], { stdio: "inherit" });
}

function report(row: Row): void {
  rows.push(row);
  const outcome = row.problem === null ? "held" : `BROKEN\n${row.problem}`;
  process.stdout.write(`${row.name}: ${outcome}\n`);
}

/** Parsers get a quarter of the time, two at a time. */
const FUZZ_SHARE = 0.25;
const PARSERS = 14;
const OPERATIONS = Math.round(1250 * minutes);

process.stdout.write(`seed ${seed}\n`);
const ms = (minutes * 60_000 * FUZZ_SHARE * 2) / PARSERS;
await fuzz({ seed, ms, run: RUN === undefined ? null : Number(RUN), isChosen }, report);

const missing = withoutTsv();
if (missing !== false) throw new Error(missing);
evictExecutable();
for (const attack of [
  ...PROGRAM_ATTACKS,
  ...FLOOD_ATTACKS,
  ...REQUEST_ATTACKS,
  ...FILE_ATTACKS,
  ...STARVING_ATTACKS,
  monkey(OPERATIONS),
]) {
  if (!isChosen(attack.name)) continue;
  const absent = attack.absent?.() ?? false;
  if (absent === false) {
    report(await carryOut(attack, new Rng(seed)));
    continue;
  }
  skipped++;
  process.stdout.write(`${attack.name}: skipped: ${absent}\n`);
}

process.stdout.write(`\n${table(rows)}`);
const failed = rows.flatMap(({ name, problem }) =>
  problem === null ? [] : [`attack: ${name}: ${problem.split("\n")[0]}`],
);
// test/stages.mjs names what failed at the end of a run.
const { TSV_STAGES } = process.env;
if (TSV_STAGES !== undefined) {
  const sums = { passed: rows.length - failed.length, failed, skipped, flaky: [] };
  appendFileSync(TSV_STAGES, `${JSON.stringify(sums)}\n`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
