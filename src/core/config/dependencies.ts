// What one program needs of others.

import type { ProcessConfig } from "./model.ts";
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
