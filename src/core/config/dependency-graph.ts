// What depends_on and restart_with say of all programs together: each name is one of them, each condition can hold, and no
// program needs itself.

import { dependenciesOf, hasDependencies } from "./dependencies.ts";
import { findCycle, findCycleThrough } from "./dependency-cycles.ts";
import { type Member, Members } from "./dependency-members.ts";
import type { GroupConfig, ProcessConfig } from "./model.ts";
import { openScope, type Reading, report, sectionSuffix } from "./reading.ts";
import type { ConfigRule } from "./rules.ts";
import type { Dependency } from "./value-types.ts";

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
    const scope = { ...openScope(reading, section, "program"), suffix: sectionSuffix(section) };
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
  const cycle = cycleProblem(findCycle(members));
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
    const near = mayAdvise ? members.suggestion(name) : null;
    const advice = near === null ? "" : ` (did you mean ${near}?)`;
    const text = `${key} names ${name}, which is no program of the configuration${advice}`;
    return { config, key, text, rule: "unknown-program" };
  }
  const unfit = found.find((member) => !canHold(condition, member.config));
  if (unfit === undefined) return null;
  const lacks = condition === "completed" ? "type=oneshot" : "ready_check";
  const text = `${name}:${condition} never becomes true: [${unfit.config.origin.section}] has no ${lacks}`;
  return { config, key, text, rule: "combination" };
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

/** A path of any length in a line. */
function shortened(path: readonly string[]): readonly string[] {
  const MOST = 12;
  return path.length <= MOST ? path : [...path.slice(0, MOST - 2), "...", ...path.slice(-1)];
}
