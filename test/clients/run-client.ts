// Two daemons side by side, and one client's answers from both, row by row.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { compare, type KnownDifference, newTally, summary } from "../e2e/differential/compare.ts";
import { normaliseText } from "../e2e/differential/normalise.ts";
import { particulars } from "../e2e/differential/session.ts";
import type { Daemon } from "../e2e/rig/daemon.ts";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "../e2e/rig/implementation.ts";
import { Rig } from "../e2e/rig/rig.ts";
import { recordComparison } from "../rig/comparisons.ts";

/** A daemon and what belongs to it. */
export interface Side {
  readonly rig: Rig;
  readonly daemon: Daemon;
  readonly implementation: Implementation;
  dispose(): void;
}

export interface Sides {
  readonly supervisor: Side;
  readonly tsv: Side;
}

async function startSide(implementation: Implementation, config: string): Promise<Side> {
  const rig = new Rig();
  const cleanUp = (): void => rig.dispose();
  process.once("exit", cleanUp);
  const port = await rig.findPort();
  rig.write("d.conf", config.replaceAll("@PORT@", String(port)));
  const daemon = await rig.start({ implementation });
  const dispose = (): void => {
    process.off("exit", cleanUp);
    rig.dispose();
  };
  return { rig, daemon, implementation, dispose };
}

/** Starts Debian's daemon and tsv with the same configuration; @PORT@ in it is a free port of each. */
export async function startSides(config: string): Promise<Sides> {
  const [supervisor, tsv] = await Promise.all([
    startSide(DEBIAN, config),
    startSide(TSV_BY_NAME, config),
  ]);
  return { supervisor, tsv };
}

/** What is known to differ: which rows, what Supervisor's side shows, what tsv's, and the row of docs/differences.md. */
export type ClientDifference = Pick<KnownDifference, "id" | "row" | "supervisor" | "tsv">;

/** Asks both sides at once and compares the rows. @returns tsv's */
export async function compareSides(
  t: TestContext,
  name: string,
  sides: Sides,
  ask: (side: Side) => Promise<ReadonlyMap<string, string>>,
  known: readonly ClientDifference[] = [],
): Promise<ReadonlyMap<string, string>> {
  const [supervisor, tsv] = await Promise.all([ask(sides.supervisor), ask(sides.tsv)]);
  const tally = newTally();
  const why = "docs/differences.md";
  compare(
    name,
    { supervisor: steady(supervisor, sides.supervisor), tsv: steady(tsv, sides.tsv) },
    known.map((entry) => ({ ...entry, scenarios: [name], why })),
    tally,
  );
  recordComparison("clients", name, tally);
  t.diagnostic(`${name}: ${summary(tally)}`);
  const met = new Set([...tally.deliberate].map(({ id }) => id));
  const stale = known
    .filter(({ id }) => !met.has(id))
    .map(({ id }) => `stale: ${id} shows no more`);
  const problems = [...tally.unexplained, ...new Set(stale)];
  if (problems.length > 0) assert.fail(`${summary(tally)}\n${problems.join("\n")}`);
  return tsv;
}

/** Takes out what differs between any two runs. */
function steady(rows: ReadonlyMap<string, string>, side: Side): ReadonlyMap<string, string> {
  const own = particulars(side.rig, side.implementation, side.daemon.pid);
  return new Map(
    [...rows].map(([label, text]) => {
      const plain = /\.(?:pid|start|stop|now)$/.test(label)
        ? text.replace(/[1-9]\d*$/, "<n>")
        : text;
      return [normaliseText(label, own), normaliseText(plain, own)];
    }),
  );
}

/** `label<TAB>text` lines to rows. A label that comes again gets a number. */
export function rowsOf(output: string): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  for (const line of output.split("\n")) {
    const tab = line.indexOf("\t");
    if (tab < 0) continue;
    const label = line.slice(0, tab);
    let unique = label;
    for (let count = 2; rows.has(unique); count++) unique = `${label} (${count})`;
    rows.set(unique, line.slice(tab + 1));
  }
  return rows;
}
