// The rows of the table: programs that the filter leaves, sorted, or below those that need them. Pure.

import { compareText } from "../../core/base/printable.ts";
import { namedBy, rootsOf, type TreeProgram } from "../commands/tree.ts";
import type { Order, TopProgram, TopState } from "./model.ts";

export interface TopRow {
  readonly program: TopProgram;
  /** In a tree. */
  readonly depth: number;
}

/** The rows in the order in which they are shown. */
export function rowsOf(state: TopState): readonly TopRow[] {
  const { programs, filter, tree, order, isReversed } = state;
  const wanted = filter.toLowerCase();
  const isShown = ({ name, state: word }: TopProgram): boolean =>
    `${name} ${word}`.toLowerCase().includes(wanted);
  if (tree !== null) return treeRows(programs, tree).filter(({ program }) => isShown(program));
  const sorted = programs.filter(isShown).sort(COMPARE[order]);
  const shown = isReversed ? sorted.reverse() : sorted;
  // What has no value is last in both directions.
  const isUnknown = (program: TopProgram) => program[order] === null;
  const parts = [shown.filter((one) => !isUnknown(one)), shown.filter(isUnknown)];
  return parts.flat().map((program) => ({ program, depth: 0 }));
}

/** The row of the selected program; 0 if it is not shown. */
export function selectedIndex(rows: readonly TopRow[], { selected }: TopState): number {
  return Math.max(
    0,
    rows.findIndex(({ program }) => program.key === selected),
  );
}

/** What needs a look comes first. */
const STATES = [
  "FATAL",
  "UNKNOWN",
  "BACKOFF",
  "EXITED",
  "STARTING",
  "STOPPING",
  "RUNNING",
  "STOPPED",
];

type Compare = (a: TopProgram, b: TopProgram) => number;

const byName: Compare = (a, b) => compareText(a.name, b.name);
/** Large values first. */
const byNumber =
  (order: "cpu" | "memory" | "restarts" | "up"): Compare =>
  (a, b) =>
    (b[order] ?? -1) - (a[order] ?? -1) || byName(a, b);

const COMPARE: Readonly<Record<Order, Compare>> = {
  name: byName,
  state: (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || byName(a, b),
  cpu: byNumber("cpu"),
  memory: byNumber("memory"),
  restarts: byNumber("restarts"),
  up: byNumber("up"),
};

/** Each process once, below the first program that needs it; those of no tree at the end. */
function treeRows(
  programs: readonly TopProgram[],
  tree: readonly TreeProgram[],
): readonly TopRow[] {
  const byShownName = new Map(programs.map((program) => [program.name, program]));
  const rows: TopRow[] = [];
  const seen = new Set<TreeProgram>();
  const add = (node: TreeProgram, depth: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const { name } of node.processes) {
      const program = byShownName.get(name);
      if (program !== undefined) rows.push({ program, depth });
      byShownName.delete(name);
    }
    for (const { name } of node.needs) {
      for (const needed of namedBy(tree, name)) add(needed, depth + 1);
    }
  };
  for (const root of rootsOf(tree)) add(root, 0);
  for (const node of tree) add(node, 0);
  return [...rows, ...[...byShownName.values()].map((program) => ({ program, depth: 0 }))];
}
