// What depends_on and restart_with say of all programs together: each name is one of them, each condition can hold, and no
// program needs itself.

import { closest } from "../base/edit-distance.ts";
import { displayName } from "../base/ids.ts";
import { dependenciesOf, dependencyNames, hasDependencies } from "./dependencies.ts";
import type { GroupConfig, ProcessConfig } from "./model.ts";
import { openScope, type Reading, report, sectionSuffix } from "./reading.ts";
import type { ConfigRule } from "./rules.ts";
import type { Dependency } from "./value-types.ts";

/** A process where it runs. */
interface Member {
  readonly name: string;
  readonly config: ProcessConfig;
}

/** More problems than these get no suggestion, and names beyond these are not compared: both take time. */
const MOST_SUGGESTIONS = 20;
const MOST_COMPARED = 2000;

/** The processes that each name means. */
class Members {
  readonly all: readonly Member[];
  readonly #byName = new Map<string, Member[]>();
  readonly #groups: ReadonlySet<string>;

  constructor(groups: readonly GroupConfig[]) {
    this.#groups = new Set(groups.map(({ name }) => name));
    this.all = groups.flatMap((group) =>
      group.processes.map((config) => {
        const member = { name: displayName(group.name, config.name), config };
        for (const name of dependencyNames(group.name, config)) this.#add(name, member);
        return member;
      }),
    );
  }

  named(name: string): readonly Member[] {
    return this.#byName.get(name) ?? [];
  }

  /** What to write instead of a name that means nothing; null when nothing is close. */
  suggestion(name: string): string | null {
    if (this.#groups.has(name)) return `${name}:*`;
    return closest(name, [...this.#byName.keys()].slice(0, MOST_COMPARED));
  }

  #add(name: string, member: Member): void {
    const known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, [member]);
    else known.push(member);
  }
}

/** Records what is wrong with the dependencies of these groups. */
export function checkDependencies(reading: Reading, groups: readonly GroupConfig[]): void {
  const isUsed = groups.some(({ processes }) => processes.some(hasDependencies));
  if (!isUsed) return;
  const members = new Members(groups);
  const before = reading.problems.length;
  for (const { config } of members.all) {
    for (const dependency of dependenciesOf(config)) {
      const said = reading.problems.length - before;
      checkOne(reading, config, dependency, members, said < MOST_SUGGESTIONS);
    }
  }
  const cycle = findCycle(members);
  const [first] = cycle ?? [];
  if (cycle === null || first === undefined) return;
  const path = [...cycle, first].map(({ name }) => name);
  const text = `its dependencies form a cycle: ${shortened(path).join(" -> ")}`;
  complain(reading, first.config, keyOf(first.config, null), text, "combination");
}

function checkOne(
  reading: Reading,
  config: ProcessConfig,
  { name, condition }: Dependency,
  members: Members,
  mayAdvise: boolean,
): void {
  const key = keyOf(config, name);
  const found = members.named(name);
  if (found.length === 0) {
    const near = mayAdvise ? members.suggestion(name) : null;
    const advice = near === null ? "" : ` (did you mean ${near}?)`;
    const text = `${key} names ${name}, which is no program of the configuration${advice}`;
    complain(reading, config, key, text, "unknown-program");
    return;
  }
  const unfit = found.find((member) => !canHold(condition, member.config));
  if (unfit === undefined) return;
  const lacks = condition === "completed" ? "type=oneshot" : "ready_check";
  const text = `${name}:${condition} never becomes true: [${unfit.config.origin.section}] has no ${lacks}`;
  complain(reading, config, key, text, "combination");
}

function canHold(condition: Dependency["condition"], config: ProcessConfig): boolean {
  switch (condition) {
    case "running":
      return true;
    case "completed":
      return config.type === "oneshot";
    case "ready":
      return config.readyCheck !== null;
  }
}

/** The option that names a dependency; of a cycle, the first that there is. */
function keyOf({ dependsOn }: ProcessConfig, name: string | null): "depends_on" | "restart_with" {
  const isNamed = dependsOn.some((each) => name === null || each.name === name);
  return isNamed ? "depends_on" : "restart_with";
}

function complain(
  reading: Reading,
  { origin }: ProcessConfig,
  key: string,
  text: string,
  rule: ConfigRule,
): void {
  const section = reading.raw.sections.get(origin.section);
  if (section === undefined) return;
  const scope = { ...openScope(reading, section, "program"), suffix: sectionSuffix(section) };
  report(scope, key, text, rule);
}

/** A node of the graph: a process, or a name that stands for many. That way there are no more edges than names are written. */
type Node = Member | string;

/**
 * A cycle of processes, in the order in which each needs the next; null when there is none. A depth-first search that holds
 * its own stack, because a chain may have as many members as a configuration has processes.
 */
function findCycle(members: Members): readonly Member[] | null {
  const done = new Set<Node>();
  for (const start of members.all) {
    if (done.has(start) || !hasDependencies(start.config)) continue;
    const path: Node[] = [start];
    const onPath = new Set<Node>(path);
    const rest: Iterator<Node>[] = [nextOf(start, members)];
    for (let top = rest.at(-1); top !== undefined; top = rest.at(-1)) {
      const { value: next, done: isOver = false } = top.next();
      if (isOver) {
        const left = path.pop();
        rest.pop();
        if (left === undefined) continue;
        onPath.delete(left);
        done.add(left);
      } else if (onPath.has(next)) {
        const cycle = path.slice(path.indexOf(next));
        return cycle.filter((node) => typeof node !== "string");
      } else if (!done.has(next)) {
        path.push(next);
        onPath.add(next);
        rest.push(nextOf(next, members));
      }
    }
  }
  return null;
}

function nextOf(node: Node, members: Members): Iterator<Node> {
  const next: readonly Node[] =
    typeof node === "string"
      ? members.named(node)
      : dependenciesOf(node.config).map(({ name }) => name);
  return next[Symbol.iterator]();
}

/** A path of any length in a line. */
function shortened(path: readonly string[]): readonly string[] {
  const MOST = 12;
  return path.length <= MOST ? path : [...path.slice(0, MOST - 2), "...", ...path.slice(-1)];
}
