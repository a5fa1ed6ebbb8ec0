// Runs a scenario against both daemons at once, each in a separate directory, and compares.

import { type TestContext, test } from "node:test";
import { areaOf, recordComparison } from "../../rig/comparisons.ts";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "../rig/implementation.ts";
import { withoutSupervisor, withoutTsv } from "../rig/places.ts";
import { BASE, Rig } from "../rig/rig.ts";
import { compare, newTally, summary, type Tally } from "./compare.ts";
import { KNOWN } from "./known.ts";
import { Session } from "./session.ts";

/** The same steps for both sides. */
export interface Scenario {
  readonly name: string;
  /** Sections after the plain ones, or instead of them with `whole`. @PORT@ stands for a free port. */
  readonly config: string;
  readonly whole?: boolean;
  readonly args?: readonly string[];
  /** Rows of docs/differences.md that show here; exactly those that known.ts explains. */
  readonly deliberate?: readonly string[];
  prepare?(rig: Rig): void;
  steps(session: Session): Promise<void>;
}

/** Checks the comparison itself: with TSV_E2E_SECOND=debian both sides are Supervisor. */
const SECOND: Implementation = process.env["TSV_E2E_SECOND"] === "debian" ? DEBIAN : TSV_BY_NAME;

/** The reason to skip comparisons, or false. */
export function withoutBoth(): string | false {
  return withoutSupervisor() || (SECOND === DEBIAN ? false : withoutTsv());
}

/** A side that needs no daemon: the rows come from commands. */
export type Observer = (
  rig: Rig,
  implementation: Implementation,
) => Promise<ReadonlyMap<string, string>>;

async function inRig(
  t: TestContext,
  implementation: Implementation,
  observe: Observer,
): Promise<ReadonlyMap<string, string>> {
  const rig = new Rig();
  const cleanUp = (): void => rig.dispose();
  process.once("exit", cleanUp);
  try {
    return await observe(rig, implementation);
  } catch (error) {
    t.diagnostic(rig.describe());
    throw error;
  } finally {
    process.off("exit", cleanUp);
    rig.dispose();
  }
}

function observeScenario(scenario: Scenario): Observer {
  return async (rig, implementation) => {
    scenario.prepare?.(rig);
    const config = scenario.whole ? scenario.config : `${BASE}\n${scenario.config}`;
    const port = config.includes("@PORT@") ? await rig.findPort() : 0;
    rig.write("d.conf", config.replaceAll("@PORT@", String(port)));
    const daemon = await rig.start({ implementation, args: scenario.args ?? [] });
    const session = new Session(rig, daemon);
    await scenario.steps(session);
    return session.rows;
  };
}

/** One test: observes both sides, compares, prints the sums. */
export function comparison(
  name: string,
  observe: Observer,
  deliberate: readonly string[] = [],
): void {
  const absent = withoutBoth();
  void test(`differential: ${name}`, { skip: absent, timeout: 240_000 }, async (t) => {
    const [supervisor, tsv] = await Promise.all([
      inRig(t, DEBIAN, observe),
      inRig(t, SECOND, observe),
    ]);
    const tally: Tally = newTally();
    compare(name, { supervisor, tsv }, KNOWN, tally);
    const mine = SECOND === DEBIAN ? [] : KNOWN.filter((entry) => entry.scenarios.includes(name));
    const stale = mine.filter((entry) => !tally.deliberate.has(entry));
    t.diagnostic(`${name}: ${summary(tally)}`);
    recordComparison(areaOf(name), name, tally);
    const ids = new Set(mine.map((entry) => entry.id));
    const problems = [
      ...mine.filter(({ id }) => !deliberate.includes(id)).map(({ id }) => `not announced: ${id}`),
      ...(SECOND === DEBIAN ? [] : deliberate)
        .filter((id) => !ids.has(id))
        .map((id) => `announced, but not in known.ts: ${id}`),
      ...tally.unexplained,
      ...stale.map((entry) => `stale: ${entry.id} ${entry.row} no longer differs as described`),
    ];
    if (problems.length > 0) throw new Error(`${summary(tally)}\n${problems.join("\n")}`);
  });
}

/** The same with a daemon on each side. */
export function compareDaemons(scenario: Scenario): void {
  comparison(scenario.name, observeScenario(scenario), scenario.deliberate);
}
