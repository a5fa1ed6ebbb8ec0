// Two sets of rows side by side. A row is equal, or deliberately different as known.ts says, or a failure.

/** One deliberate difference. It must be met, and as described: else it is stale, and that is a failure too. */
export interface KnownDifference {
  /** The row of docs/differences.md. */
  readonly id: string;
  /** Where it shows: in each of these. */
  readonly scenarios: readonly string[];
  readonly row: RegExp;
  /** What Supervisor says there; null when it has no such row. */
  readonly supervisor: RegExp | null;
  /** What tsv says there; null when it has no such row. */
  readonly tsv: RegExp | null;
  readonly why: string;
}

/** The sums of a comparison. */
export interface Tally {
  compared: number;
  equal: number;
  readonly deliberate: Set<KnownDifference>;
  deliberateRows: number;
  readonly unexplained: string[];
}

/** An empty one. */
export function newTally(): Tally {
  return { compared: 0, equal: 0, deliberate: new Set(), deliberateRows: 0, unexplained: [] };
}

function fits(pattern: RegExp | null, text: string | undefined): boolean {
  return pattern === null ? text === undefined : text !== undefined && pattern.test(text);
}

/** Compares, and adds to the tally. */
export function compare(
  scenario: string,
  sides: {
    readonly supervisor: ReadonlyMap<string, string>;
    readonly tsv: ReadonlyMap<string, string>;
  },
  known: readonly KnownDifference[],
  tally: Tally,
): void {
  const labels = new Set([...sides.supervisor.keys(), ...sides.tsv.keys()]);
  for (const label of labels) {
    tally.compared++;
    const theirs = sides.supervisor.get(label);
    const ours = sides.tsv.get(label);
    if (theirs === ours) {
      tally.equal++;
      continue;
    }
    const reason = known.find(
      (entry) =>
        entry.scenarios.includes(scenario) &&
        entry.row.test(label) &&
        fits(entry.supervisor, theirs) &&
        fits(entry.tsv, ours),
    );
    if (reason === undefined) tally.unexplained.push(describe(scenario, label, theirs, ours));
    else {
      tally.deliberate.add(reason);
      tally.deliberateRows++;
    }
  }
}

function describe(
  scenario: string,
  label: string,
  theirs: string | undefined,
  ours: string | undefined,
): string {
  const side = (text: string | undefined): string =>
    text === undefined ? "(no such row)" : text.replaceAll("\n", "\n      ");
  return `${scenario}: ${label}\n  supervisor: ${side(theirs)}\n  tsv:        ${side(ours)}`;
}

/** The line that ends each comparison. */
export function summary(tally: Tally): string {
  const { compared, equal, deliberateRows, unexplained } = tally;
  return `compared ${compared}, equal ${equal}, deliberate differences ${deliberateRows}, unexplained ${unexplained.length}`;
}
