// How a check is written. One file per topic has the checks that share facts and subject:
//
//   export const PID_FILE = check("BOOT-009", ({ caller, config, probe }) => {
//     const seen = probe.look("/run/tsv.pid");
//     if (!seen.ok) return null;                                   // nothing found
//     if (caller.uid !== 0) return unknown("whether the pid file is stale (needs root)");
//     return finding("error", "/run/tsv.pid", {
//       symptom: "could not write pidfile /run/tsv.pid",           // what the user sees, literally
//       cause: "It contains the pid of a process that has exited.",
//       evidence: ["pid 812", seen.bytes > 8 ? "it has more than a pid" : null],
//       place: optionPlace(config, "supervisord", "pidfile"),
//       repair: repair("Remove the stale pid file", fix.removeStale("A", "/run/tsv.pid", "a stale pid file")),
//     });
//   });
//
// A check is pure: it uses the facts, and asks their `probe` for all others. It returns one result, a list of them
// (also of lists), or null, and never throws because of the host. Evidence never contains a secret; null entries are left
// out. A repair is an advice and its fixes (repairs/fix.ts): each fix yields command and steps, and their classes yield that of
// the repair. `byHand(advice, commands)` is a repair that only the user makes. docs/doctor/CODE.md is the page, with the title;
// catalogue.ts gives the area and the order; a fault in test/unit/doctor/faults shows the check at work, and rows of facts and
// findings in test/unit/doctor/checks its limits.

import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { Area, Finding, Place, Repair, Severity, Unknown } from "../model.ts";
import { fix, repair } from "../repairs/fix.ts";

export interface Check {
  /** Stable: "SOCK-003". The code of a removed check is never used again. */
  readonly code: string;
  /** Runs the check. An empty list means: no findings, and everything could be examined. */
  look(facts: DoctorFacts): readonly (Finding | Unknown)[];
}

/** A check of the catalogue, which names its area. */
export interface ListedCheck extends Check {
  readonly area: Area;
}

/** Lists may contain lists. null means: nothing found. */
export type Results = Finding | Unknown | null | readonly Results[];

/** A check, which the catalogue lists. */
export function check(code: string, look: (facts: DoctorFacts) => Results): Check {
  return { code, look: (facts) => flatten(look(facts)) };
}

function flatten(results: Results): readonly (Finding | Unknown)[] {
  const all: readonly unknown[] = [results];
  return all.flat(Number.POSITIVE_INFINITY).filter((one) => one !== null) as (Finding | Unknown)[];
}

/** The checks of an area, in the order in which they are made. */
export function checksOf(area: Area, ...checks: readonly Check[]): ListedCheck[] {
  return checks.map((one) => ({ area, ...one }));
}

/** A finding. `place` is the position in the configuration, if it has one. */
export function finding(
  severity: Severity,
  subject: string,
  about: {
    readonly symptom: string;
    readonly cause: string;
    readonly evidence?: readonly (string | null)[];
    readonly place?: Place | null;
    readonly repair: Repair;
  },
): Finding {
  const { symptom, cause, evidence = [], place = null, repair } = about;
  const lines = evidence.filter((one) => one !== null);
  return { severity, subject, symptom, cause, evidence: lines, place, repair };
}

/** A fact that the check needs, but could not determine: "whether port 9001 is in use (needs root)". */
export function unknown(what: string): Unknown {
  return { unknown: what };
}

/** Groups by a key, in the order of its first use. Items whose key is null are left out. */
export function groupBy<Item, Key>(
  items: Iterable<Item>,
  keyOf: (item: Item) => Key | null,
): ReadonlyMap<Key, readonly [Item, ...Item[]]> {
  const groups = new Map<Key, [Item, ...Item[]]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** The first item of each group, in this order. */
export function firstOfEach<Item, Key>(
  items: Iterable<Item>,
  keyOf: (item: Item) => Key,
): readonly Item[] {
  return Array.from(groupBy(items, keyOf).values(), ([first]) => first);
}

/** Sets options of a section; by hand if its file cannot be edited. */
export function setOptions(
  advice: string,
  section: string,
  values: Readonly<Record<string, string>>,
  { config, probe }: DoctorFacts,
): Repair {
  const changes = Object.entries(values).map(([key, value]) => ({ section, key, value }));
  return repair(advice, fix.options(config, changes, probe));
}

/** Changes a setting of the service, such as "TasksMax=infinity". @param because the reason, as a comment in the file */
export function setService(
  advice: string,
  line: string,
  because: string,
  { service, probe }: DoctorFacts,
): Repair {
  return repair(advice, fix.setting(service, line, because, probe));
}
