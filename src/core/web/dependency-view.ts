// The dependencies of a program as a tree for its page: what it needs, what that needs, and which programs need it. Programs that
// the caller does not see have no name in it.

import { ANOTHER, membersByName } from "../access/other-programs.ts";
import { displayName, type ProcessKey } from "../base/ids.ts";
import { dependenciesOf, dependencyNames } from "../config/dependencies.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { Dependency } from "../config/value-types.ts";
import type { ProcessStateName } from "../process/model.ts";
import { stateClass } from "./status-view.ts";

/** A process that the caller sees. */
export interface SeenProcess {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
  readonly state: ProcessStateName;
}

interface NeedView {
  /** `ready`, `running` or `completed`. */
  readonly condition: string;
  readonly members: readonly MemberView[];
  /** Of the members: those that are left out; empty for none. */
  readonly more: string;
  /** What stands in place of members; empty where there are some. */
  readonly absent: string;
  /** What they need is shown above. */
  readonly isRepeated: boolean;
  readonly needs: readonly NeedView[];
  readonly hasNeeds: boolean;
}

type MemberView = ReturnType<typeof memberView>;

/** Names in all of a tree, and levels of it. */
const MOST_NEEDS = 60;
const DEEPEST = 8;
/** Processes of one name. */
const MOST_MEMBERS = 8;
/** Programs that need it. */
const MOST_DEPENDENTS = 40;

/**
 * The tree of a process; `isEmpty` if it needs nothing and nothing needs it. `names` are those that
 * the dependencies in it have.
 * @param seen all processes that the caller sees @param seesAll whether there are no others
 */
export function dependencyView(own: SeenProcess, seen: readonly SeenProcess[], seesAll: boolean) {
  const members = membersByName(seen);
  const tree = new Tree(members, seesAll);
  const needs = tree.needsOf(own, 1);
  const names = new Set(dependencyNames(own.group, own.config));
  const dependents = seen.filter(({ config }) =>
    dependenciesOf(config).some(({ name }) => names.has(name)),
  );
  const shown = dependents.slice(0, MOST_DEPENDENTS);
  return {
    names: tree.names,
    needs,
    hasNeeds: needs.length > 0,
    isCut: tree.isCut,
    dependents: shown.map(memberView),
    hasDependents: dependents.length > 0,
    moreDependents: moreText(dependents.length - MOST_DEPENDENTS),
    isEmpty: needs.length === 0 && dependents.length === 0,
  };
}

/** Whether a process is in such a tree of another one. @param names of the tree */
export function isInTree(of: SeenProcess, own: SeenProcess, names: ReadonlySet<string>): boolean {
  if (dependencyNames(of.group, of.config).some((name) => names.has(name))) return true;
  const ownNames = dependencyNames(own.group, own.config);
  return dependenciesOf(of.config).some(({ name }) => ownNames.includes(name));
}

class Tree {
  readonly #members: ReadonlyMap<string, readonly SeenProcess[]>;
  readonly #seesAll: boolean;
  readonly names = new Set<string>();
  #left = MOST_NEEDS;
  /** Something was left out. */
  isCut = false;

  constructor(members: ReadonlyMap<string, readonly SeenProcess[]>, seesAll: boolean) {
    this.#members = members;
    this.#seesAll = seesAll;
  }

  needsOf({ config }: SeenProcess, depth: number): readonly NeedView[] {
    return dependenciesOf(config).flatMap((need) => {
      if (depth > DEEPEST || this.#left <= 0) {
        this.isCut = true;
        return [];
      }
      this.#left -= 1;
      return [this.#need(need, depth)];
    });
  }

  #need({ name, condition }: Dependency, depth: number): NeedView {
    const found = this.#members.get(name) ?? [];
    const absent = found.length > 0 ? "" : this.#seesAll ? `${name} (not found)` : ANOTHER;
    const isRepeated = this.names.has(name) && found.some(needsSome);
    this.names.add(name);
    // All processes of a program need the same; those of a group may not.
    const programs = new Map(found.map((each) => [each.config.programName, each]));
    const needs = isRepeated
      ? []
      : [...programs.values()].flatMap((each) => this.needsOf(each, depth + 1));
    return {
      condition,
      members: found.slice(0, MOST_MEMBERS).map(memberView),
      more: moreText(found.length - MOST_MEMBERS),
      ...{ absent, isRepeated, needs, hasNeeds: needs.length > 0 },
    };
  }
}

function needsSome({ config }: SeenProcess): boolean {
  return dependenciesOf(config).length > 0;
}

function memberView({ group, config, state }: SeenProcess) {
  const label = displayName(group, config.name);
  return {
    label,
    quoted: encodeURIComponent(label),
    state: state.toLowerCase(),
    stateClass: stateClass(state),
  };
}

function moreText(count: number): string {
  return count > 0 ? `and ${count} more` : "";
}
