// Users and receivers of alerts whose patterns of programs= match no program.

import { programFilter } from "../../access/programs.ts";
import { type ProcessKey, processKey } from "../../base/ids.ts";
import type { Config, ConfigWarning } from "../model.ts";
import { type RawConfig, sectionsWith, warnAt } from "../raw.ts";

/** Such a section covers less than is meant: `web` is no process of a program with numprocs, `web:*` is all of them. */
export function lintPatterns(
  { groups, users, receivers }: Pick<Config, "groups" | "users" | "receivers">,
  raw: RawConfig,
): readonly ConfigWarning[] {
  const keys = groups.flatMap(({ name, processes }) =>
    processes.map((process) => processKey(name, process.name)),
  );
  const ofSections = (prefix: string, read: readonly { readonly programs: readonly string[] }[]) =>
    sectionsWith(raw, prefix).flatMap((section, index) => {
      const option = section.options.get("programs");
      if (option === undefined) return [];
      return (read[index]?.programs ?? []).flatMap((pattern) => {
        if (matches(pattern, keys)) return [];
        const meant = [`${pattern}:*`, `*:${pattern}`].find((each) => matches(each, keys));
        const message = `${pattern} matches no program of this configuration`;
        const suggestion = meant === undefined ? "correct or remove it" : `write ${meant}`;
        return [warnAt(section, option, { rule: "matches-no-program", message, suggestion })];
      });
    });
  return [...ofSections("user:", users), ...ofSections("notify:", receivers)];
}

function matches(pattern: string, keys: readonly ProcessKey[]): boolean {
  const { hasProcess } = programFilter([pattern]);
  return keys.some(hasProcess);
}
