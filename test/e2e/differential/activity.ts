// An activity log as rows: how often each line occurs, and for each process the order of its lines. Lines of different
// processes may interleave in any way.

/** The process that a line is about, or "supervisord". */
function subject(line: string): string {
  const patterns = [
    /^(asked): /,
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

/** Said again every few seconds for as long as programs take to end: how often is chance. */
const WAITING = /^INFO waiting for .* to (?:stop|die)$/;

/** What is said while programs are brought to their end. */
const ENDING = /^(?:INFO waiting for|WARN killing|DEBG killing) /;

/** True if this line was said already since the end began. */
function isRepeated(line: string, before: readonly string[]): boolean {
  const began = before.findLastIndex((each) => !ENDING.test(each)) + 1;
  return WAITING.test(line) && before.slice(began).some((each) => WAITING.test(each));
}

/** True if a program may have died so soon after its signal that Supervisor had nothing to wait for. */
function isOvertaken(line: string, next: string | undefined): boolean {
  return /^INFO waiting for .* to stop$/.test(line) && / stopped: /.test(next ?? "");
}

/** Rows of a normalised log: [label, text]. */
export function activityRows(text: string): readonly (readonly [string, string])[] {
  const counts = new Map<string, number>();
  const orders = new Map<string, readonly string[]>();
  const count = (line: string): void => void counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const record of records(text)) {
    const line = record.replace(/^<date> /, "");
    if (CHANCE.test(line)) {
      counts.set(line, 1);
      continue;
    }
    const name = subject(line.replace(/^[A-Z]{4} /, ""));
    const before = orders.get(name) ?? [];
    if (OUTPUT.test(line)) count(line);
    else if (!isRepeated(line, before)) orders.set(name, [...before, line]);
  }
  for (const [name, lines] of orders) {
    const sure = lines.filter((line, at) => !isOvertaken(line, lines[at + 1]));
    for (const line of sure) count(line);
    orders.set(name, sure);
  }
  return [
    ...[...counts].map(([line, times]) => [`log line ${line}`, `${times} times`] as const),
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
