// What programs need of others, depends_on and restart_with: each name is a program, each condition can become true, and no
// program needs itself.

import { closest } from "../base/edit-distance.ts";
import { displayName } from "../base/ids.ts";
import { pushTo } from "../base/multimap.ts";
import { alternatives } from "../base/printable.ts";
import { CONDITIONS, lackingFor, meantCondition } from "./dependency-words.ts";
import type { GroupConfig, ProcessConfig } from "./model.ts";
import { openScope, type Reading, report } from "./reading.ts";
import type { ConfigRule } from "./rules.ts";
import type { Dependency } from "./value-types.ts";

type Needs = Pick<ProcessConfig, "dependsOn" | "restartWith">;

/** Whether the program waits for others before it is started. */
export function hasDependencies({ dependsOn, restartWith }: Needs): boolean {
  return dependsOn.length > 0 || restartWith.length > 0;
}

/** What depends_on names; a program of restart_with that it does not name has to be running. */
export function dependenciesOf({ dependsOn, restartWith }: Needs): readonly Dependency[] {
  const implied = restartWith.filter((name) => dependsOn.every((each) => each.name !== name));
  if (implied.length === 0) return dependsOn;
  return [...dependsOn, ...implied.map((name) => ({ name, condition: "running" as const }))];
}

/** The names by which a program may mean this process: see `Dependency`. */
export function dependencyNames(
  group: string,
  { programName, name }: Pick<ProcessConfig, "programName" | "name">,
): readonly string[] {
  return [programName, `${group}:${name}`, `${group}:*`];
}

/** A process where it runs. */
interface Member {
  readonly name: string;
  readonly config: ProcessConfig;
}

/** Names beyond these are not compared for a suggestion, which takes time. */
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
        for (const name of dependencyNames(group.name, config)) pushTo(this.#byName, name, member);
        return member;
      }),
    );
  }

  named(name: string): readonly Member[] {
    return this.#byName.get(name) ?? [];
  }

  /** What `program` has to write instead of a name that means nothing; null when nothing is close. */
  suggestion(name: string, program: string): string | null {
    if (this.#groups.has(name)) return `${name}:*`;
    const others = [...this.#byName].slice(0, MOST_COMPARED).flatMap(([other, members]) => {
      return members.some(({ config }) => config.programName !== program) ? [other] : [];
    });
    return closest(name, others) ?? onlyPart(name, others);
  }
}

/** `db` for `nodb`, and the reverse, where no other name is as near; null for none. */
function onlyPart(name: string, others: readonly string[]): string | null {
  const isPart = (part: string, whole: string) => part.length > 1 && whole.includes(part);
  const alike = others.filter(
    (other) => !other.includes(":") && (isPart(other, name) || isPart(name, other)),
  );
  return alike.length === 1 ? (alike[0] ?? null) : null;
}

/** A node of the graph: a process, or a name that stands for many. That way there are no more edges than names are written. */
type Node = Member | string;

/**
 * A cycle of processes, in the order in which each needs the next; null when there is none. A depth-first search that holds
 * its own stack, because a chain may have as many members as a configuration has processes.
 * @param alike only a cycle through one of these, which need the same as the start; null for any cycle
 */
function findCycle(
  members: Members,
  starts: readonly Member[],
  alike: ReadonlySet<Node> | null = null,
): readonly Member[] | null {
  const done = new Set<Node>();
  for (const start of starts) {
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
      } else if ((alike ?? onPath).has(next)) {
        const cycle = alike === null ? path.slice(path.indexOf(next)) : [next, ...path.slice(1)];
        return cycle.filter((node) => typeof node !== "string");
      } else if (!done.has(next) && !onPath.has(next)) {
        path.push(next);
        onPath.add(next);
        rest.push(nextOf(next, members));
      }
    }
  }
  return null;
}

/**
 * A cycle that one of these processes is in, and that begins with it; null when there is none. Those that need the same names, as
 * the processes of one program do, share one search.
 */
function findCycleThrough(
  members: Members,
  configs: ReadonlySet<ProcessConfig>,
): readonly Member[] | null {
  const searches = new Map<string, Member[]>();
  for (const member of members.all) {
    if (!configs.has(member.config) || !hasDependencies(member.config)) continue;
    const needs = dependenciesOf(member.config).map(({ name }) => name);
    pushTo(searches, needs.join("\n"), member);
  }
  for (const alike of searches.values()) {
    const cycle = findCycle(members, alike.slice(0, 1), new Set(alike));
    if (cycle !== null) return cycle;
  }
  return null;
}

function nextOf(node: Node, members: Members): IteratorObject<Node> {
  const next: readonly Node[] =
    typeof node === "string"
      ? members.named(node)
      : dependenciesOf(node.config).map(({ name }) => name);
  return next[Symbol.iterator]();
}

/** More problems than these get no suggestion, which takes time. */
const MOST_SUGGESTIONS = 20;

/** What is wrong with the dependencies of one program. */
interface DependencyProblem {
  readonly config: ProcessConfig;
  readonly key: "depends_on" | "restart_with";
  readonly text: string;
  readonly rule: ConfigRule;
}

/** Records what is wrong with the dependencies of these groups. */
export function checkDependencies(reading: Reading, groups: readonly GroupConfig[]): void {
  for (const { config, key, text, rule } of dependencyProblems(groups)) {
    const section = reading.raw.sections.get(config.origin.section);
    if (section === undefined) continue;
    const scope = { ...openScope(reading, section, "program"), isNamed: true };
    report(scope, key, text, rule);
  }
}

/** What becomes wrong with the dependencies of all groups when these processes join one of them; null for nothing. */
export function problemOfJoining(
  groups: readonly GroupConfig[],
  name: string,
  processes: readonly ProcessConfig[],
): string | null {
  const joined = groups.map((group) =>
    group.name === name ? { ...group, processes: [...group.processes, ...processes] } : group,
  );
  // Groups that run may be of two configurations, and have such problems and cycles already.
  const known = new Set(nameProblems(new Members(groups)).map(({ text }) => text));
  const members = new Members(joined);
  const problem = nameProblems(members).find(({ text }) => !known.has(text));
  if (problem !== undefined) return problem.text;
  return cycleProblem(findCycleThrough(members, new Set(processes)))?.text ?? null;
}

function dependencyProblems(groups: readonly GroupConfig[]): readonly DependencyProblem[] {
  const isUsed = groups.some(({ processes }) => processes.some(hasDependencies));
  if (!isUsed) return [];
  const members = new Members(groups);
  const cycle = cycleProblem(findCycle(members, members.all));
  return cycle === null ? nameProblems(members) : [...nameProblems(members), cycle];
}

/** Names that mean nothing, and conditions that never hold. */
function nameProblems(members: Members): readonly DependencyProblem[] {
  const problems: DependencyProblem[] = [];
  for (const { config } of members.all) {
    for (const dependency of dependenciesOf(config)) {
      const mayAdvise = problems.length < MOST_SUGGESTIONS;
      const problem = problemOf(config, dependency, members, mayAdvise);
      if (problem !== null) problems.push(problem);
    }
  }
  return problems;
}

function cycleProblem(cycle: readonly Member[] | null): DependencyProblem | null {
  const [first] = cycle ?? [];
  if (cycle === null || first === undefined) return null;
  const path = [...cycle, first].map(({ name }) => name);
  const text = `its dependencies form a cycle: ${shortened(path).join(" -> ")}`;
  const { config } = first;
  return { config, key: keyOf(config, null), text, rule: "combination" };
}

function problemOf(
  config: ProcessConfig,
  { name, condition }: Dependency,
  members: Members,
  mayAdvise: boolean,
): DependencyProblem | null {
  const key = keyOf(config, name);
  const found = members.named(name);
  if (found.length === 0) {
    const why = conditionText(key, name, members) ?? nameText(config, name, members, mayAdvise);
    return { config, key, text: `${key} names ${name}${why}`, rule: "unknown-program" };
  }
  const unfit = found.find((member) => lackOf(condition, member.config) !== null);
  if (unfit === undefined) return null;
  const lacks = lackOf(condition, unfit.config);
  const text = `${name}:${condition} never becomes true: [${unfit.config.origin.section}] has no ${lacks}`;
  return { config, key, text, rule: "combination" };
}

function lackOf(condition: Dependency["condition"], { type, readyCheck }: ProcessConfig) {
  return lackingFor(condition, {
    isOneshot: type === "oneshot",
    hasReadyCheck: readyCheck !== null,
  });
}

/** Of a name and a condition of another tool, `db:service_healthy`; null for another name. */
function conditionText(
  key: DependencyProblem["key"],
  written: string,
  members: Members,
): string | null {
  const [, name = "", word = ""] = /^(.+)[:=]([^:=]+)$/.exec(written) ?? [];
  const found = members.named(name);
  const condition = found.length === 0 ? null : meantCondition(word);
  if (condition === null) return null;
  const item = `${name}:${condition}`;
  if (key === "restart_with") {
    return `: it takes names without a condition; write ${name}, and depends_on=${item}`;
  }
  const unfit = found.find((member) => lackOf(condition, member.config) !== null);
  const lacks =
    unfit === undefined
      ? ""
      : `, and ${lackOf(condition, unfit.config)} in [${unfit.config.origin.section}]`;
  return `: ${word} is no condition (${alternatives(CONDITIONS)}) and no process of ${name}; write ${item}${lacks}`;
}

const OF_SYSTEMD = /\.(?:service|target|socket|mount|timer|path|slice|device)$/;

/** Of a name that means nothing. */
function nameText(
  { programName }: ProcessConfig,
  name: string,
  members: Members,
  mayAdvise: boolean,
): string {
  const bare = name.replace(OF_SYSTEMD, "");
  const isKnown = members.named(bare).length > 0;
  const near = isKnown ? bare : mayAdvise ? members.suggestion(name, programName) : null;
  const isUnit = bare !== name && near === null;
  const advice = near === null ? "" : ` (did you mean ${near}?)`;
  const why = isUnit ? "; units of systemd cannot be named here" : advice;
  return `, which is no program of the configuration${why}`;
}

/** The option that names a dependency; of a cycle, the first that there is. */
function keyOf({ dependsOn }: ProcessConfig, name: string | null): "depends_on" | "restart_with" {
  const isNamed = dependsOn.some((each) => name === null || each.name === name);
  return isNamed ? "depends_on" : "restart_with";
}

/** A path of any length in a line. */
function shortened(path: readonly string[]): readonly string[] {
  const MOST = 12;
  return path.length <= MOST ? path : [...path.slice(0, MOST - 2), "...", ...path.slice(-1)];
}
