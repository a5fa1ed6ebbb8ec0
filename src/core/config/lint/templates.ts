// Templates that no program extends.

import type { ConfigWarning } from "../model.ts";
import { type RawConfig, warnAt } from "../raw.ts";
import { namedTemplates, templateName } from "../templates.ts";

/** Notes on templates that are not extended, or only by each other. */
export function lintTemplates({ sections }: RawConfig): readonly ConfigWarning[] {
  const all = Array.from(sections.values());
  const templates = new Map(all.map((section) => [templateName(section), section]));
  const programs = all.filter((section) => templateName(section) === null);
  const used = new Set(programs.flatMap(namedTemplates));
  // A set is visited in the order in which it grows.
  for (const name of used) {
    const template = templates.get(name);
    if (template !== undefined) for (const each of namedTemplates(template)) used.add(each);
  }
  return all.flatMap((section) => {
    const name = templateName(section);
    if (name === null || used.has(name)) return [];
    const message =
      name === "" ? `[${section.name}] has no name` : `no program extends [${section.name}]`;
    const suggestion =
      name === ""
        ? "write [template:NAME]"
        : `write extends=${name} in a program, or remove the section`;
    return [warnAt(section, null, { rule: "unused-template", message, suggestion })];
  });
}
