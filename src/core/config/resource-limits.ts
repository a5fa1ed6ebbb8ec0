// Limits of setrlimit(2), which a program has as rlimit_NAME. One that does not exist is an error: it is never left out
// silently, unlike other unknown options.

import { closest } from "../base/edit-distance.ts";
import { RLIMITS } from "./options/program.ts";
import { report, type Scope } from "./reading.ts";

const RESOURCES = Object.values(RLIMITS).map(({ key }) => key);
const RESOURCE_PREFIX = "rlimit_";

/** Whether a key would be a limit of setrlimit(2) that is none. */
export function isUnknownLimit(key: string): boolean {
  return key.startsWith(RESOURCE_PREFIX) && !RESOURCES.some((known) => known === key);
}

/** Reports options that look like limits and are none. */
export function reportUnknownLimits(scope: Scope): void {
  for (const key of scope.section.options.keys()) {
    if (!isUnknownLimit(key)) continue;
    const near = closest(key, RESOURCES);
    const names = RESOURCES.map((known) => known.slice(RESOURCE_PREFIX.length)).join(", ");
    const how = near === null ? `rlimit_ has ${names}` : `did you mean ${near}?`;
    report(scope, key, `there is no limit ${key}: ${how}`, "unknown-option");
  }
}
