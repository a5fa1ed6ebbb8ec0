// What the sections [user:x] and [notify:x] have in common: their name, and the programs that they are about.

import type { RECEIVER } from "./options/receivers.ts";
import type { USER } from "./options/servers.ts";
import { readOption, report, type Scope } from "./reading.ts";

/** @param owner the section in words: "a user" @param most characters */
export function readName(scope: Scope, owner: string, most: number): string {
  const header = scope.section.name;
  const name = header.slice(header.indexOf(":") + 1);
  if (name === "" || name.length > most || /[:\s\p{Cc}]/u.test(name)) {
    const rule = `1 to ${most} characters, no colon and no blanks`;
    report(scope, null, `[${header}]: the name of ${owner} has ${rule}`);
  }
  return name;
}

/** The patterns of `programs=`: at least one. */
export function readPatterns(
  scope: Scope,
  row: typeof USER.programs | typeof RECEIVER.programs,
): readonly string[] {
  const patterns = readOption(scope, row).filter((pattern) => pattern !== "");
  if (patterns.length === 0) report(scope, row.key, `${row.key} names no program`);
  return patterns;
}
