// Who needs whom, by the names that depends_on and restart_with use. An index over the configurations of the active groups, so
// that a change of one process finds those that wait for it without a search.

import type { ProcessKey } from "../base/ids.ts";
import { dependenciesOf, dependencyNames, hasDependencies } from "../config/dependencies.ts";
import type { Draft, Layer } from "./draft.ts";
import type { ProcessRecord, SupervisorState } from "./model.ts";

type Links = Pick<SupervisorState, "programs" | "dependents">;

type Members = Map<string, ProcessKey[]>;

/** The index over these processes alone. */
export function linksOf(records: Iterable<ProcessRecord>): Links {
  const programs: Members = new Map();
  const dependents: Members = new Map();
  for (const { key, config } of records) {
    add(programs, config.programName, key);
    if (!hasDependencies(config)) continue;
    for (const { name } of dependenciesOf(config)) add(dependents, name, key);
  }
  return { programs, dependents };
}

/** Processes join. */
export function link(draft: Draft, records: readonly ProcessRecord[]): void {
  const { programs, dependents } = linksOf(records);
  for (const [name, keys] of programs) join(draft.programs, name, keys);
  for (const [name, keys] of dependents) join(draft.dependents, name, keys);
}

/** Processes leave. */
export function unlink(draft: Draft, records: readonly ProcessRecord[]): void {
  const { programs, dependents } = linksOf(records);
  for (const [name, keys] of programs) leave(draft.programs, name, keys);
  for (const [name, keys] of dependents) leave(draft.dependents, name, keys);
}

/** The processes that a name means now. */
export function membersOf(
  view: {
    readonly groups: {
      get(name: string): { readonly keys: readonly ProcessKey[] } | null | undefined;
    };
    readonly processes: { get(key: ProcessKey): ProcessRecord | null | undefined };
    readonly programs: { get(name: string): readonly ProcessKey[] | null | undefined };
  },
  name: string,
): readonly ProcessKey[] {
  if (name.endsWith(":*")) return view.groups.get(name.slice(0, -2))?.keys ?? [];
  if (!name.includes(":")) return view.programs.get(name) ?? [];
  const key = name as ProcessKey;
  return (view.processes.get(key) ?? null) === null ? [] : [key];
}

/** The names by which others may need the process. */
export function namesOf({ group, config }: ProcessRecord): readonly string[] {
  return dependencyNames(group, config);
}

function add(members: Members, name: string, key: ProcessKey): void {
  const keys = members.get(name);
  if (keys === undefined) members.set(name, [key]);
  else keys.push(key);
}

type Index = Layer<string, readonly ProcessKey[]>;

function join(index: Index, name: string, keys: readonly ProcessKey[]): void {
  const known = index.get(name) ?? [];
  index.set(name, known.length === 0 ? keys : [...known, ...keys]);
}

function leave(index: Index, name: string, keys: readonly ProcessKey[]): void {
  const gone = new Set(keys);
  const left = (index.get(name) ?? []).filter((key) => !gone.has(key));
  index.set(name, left.length === 0 ? null : left);
}
