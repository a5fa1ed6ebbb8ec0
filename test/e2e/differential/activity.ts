// An activity log as rows: how often each line occurs, and for each process the order of its lines. Lines of different
// processes may interleave in any way.

/** The process that a line is about, or "supervisord". */
function subject(line: string): string {
  const patterns = [
    /^(?:spawned|killing|process): '?([^' ]+)/,
    /^(?:spawned|killing|process)(?::)? '([^']+)'/,
    /^(?:success|exited|stopped|gave up): ([^ ]+)/,
    /^'([^']+)' std(?:out|err) output/,
    /^(?:killing|sending|attempted to kill|attempted to send) ([^ ,]+)/,
    /^waiting for ([^ ,]+) to stop/,
  ];
  for (const pattern of patterns) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined) return name;
  }
  return "supervisord";
}

/** Lines whose number and place are chance: signals melt together, pipes close when the kernel gets to it. */
const CHANCE = /^DEBG (?:received SIGCHLD|fd <n> closed)/;

/** Whether output or a change of state is met first within one moment is chance too. */
const OUTPUT = /^DEBG '[^']+' std(?:out|err) output/;

/** Rows of a normalised log: [label, text]. */
export function activityRows(text: string): readonly (readonly [string, string])[] {
  const counts = new Map<string, number>();
  const orders = new Map<string, string[]>();
  for (const record of records(text)) {
    const line = record.replace(/^<date> /, "");
    if (CHANCE.test(line)) {
      counts.set(line, 1);
      continue;
    }
    counts.set(line, (counts.get(line) ?? 0) + 1);
    if (OUTPUT.test(line)) continue;
    const name = subject(line.replace(/^[A-Z]{4} /, ""));
    orders.set(name, [...(orders.get(name) ?? []), line]);
  }
  return [
    ...[...counts].map(([line, count]) => [`log line ${line}`, `${count} times`] as const),
    ...[...orders].map(([name, lines]) => [`log order of ${name}`, lines.join("\n")] as const),
  ];
}

/** Records: a line with its date, and what follows it without one. */
function records(text: string): readonly string[] {
  return text
    .split(/^(?=<date> )/m)
    .map((record) => record.trimEnd())
    .filter((record) => record !== "");
}
