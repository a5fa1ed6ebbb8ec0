// Names of programs that a caller does not see, in what it is told of its own: those that a program needs.

import type { ProcessKey } from "../base/ids.ts";
import { pushTo } from "../base/multimap.ts";
import { dependenciesOf, dependencyNames } from "../config/dependencies.ts";
import type { ProcessConfig } from "../config/model.ts";

/** In place of a name. */
export const ANOTHER = "another program";

/** A process that the caller sees. */
interface Seen {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
}

/** Processes by the names that depend_on and restart_with may use for them. */
export function membersByName<T extends Seen>(
  seen: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const members = new Map<string, T[]>();
  for (const each of seen) {
    for (const name of dependencyNames(each.group, each.config)) pushTo(members, name, each);
  }
  return members;
}

/** The names of dependencies that mean no process which the caller sees. */
export function namesOfOthers(config: ProcessConfig, seen: readonly Seen[]): readonly string[] {
  const members = membersByName(seen);
  return dependenciesOf(config).flatMap(({ name }) => (members.has(name) ? [] : [name]));
}

/** A configuration in which such dependencies have no name. */
export function withoutOthers(config: ProcessConfig, seen: readonly Seen[]): ProcessConfig {
  const members = membersByName(seen);
  const shown = (name: string): string => (members.has(name) ? name : ANOTHER);
  return {
    ...config,
    dependsOn: config.dependsOn.map((each) => ({ ...each, name: shown(each.name) })),
    restartWith: config.restartWith.map(shown),
  };
}

/** A sentence such as "waiting for db to run" without these names, which stand between blanks. */
export function withoutNames(text: string, names: readonly string[]): string {
  return names.reduce((shown, name) => shown.replaceAll(` ${name} `, ` ${ANOTHER} `), text);
}
