// The units of programs: one for each process, as an instance of a template where a program has several.

import type { EffectiveSection } from "../config/effective.ts";
import { expand } from "../config/expand.ts";
import { type ExportedProgram, exportedProgram } from "./exported.ts";

/** The numbers of the instances of a program; null for a program with one process, whose unit is no template. */
export function instancesOf({ options }: ExportedProgram): readonly number[] | null {
  const count = Number(options.get("numprocs") ?? 1);
  const first = Number(options.get("numprocs_start") ?? 0);
  return count > 1 ? Array.from({ length: count }, (_, index) => first + index) : null;
}

/**
 * The units of the processes that a name of `depends_on` means: `db@0.service db@1.service`.
 * @param name a program, `group:process` or `group:*`
 */
export function unitsOf(name: string, sections: readonly EffectiveSection[]): readonly string[] {
  const [, group = null, process = "*"] = /^([^:]*):(.*)$/s.exec(name) ?? [];
  const units = sections.flatMap((section) => {
    const program = exportedProgram(section, sections);
    if (program === null) return [];
    const isMeant = group === null ? program.name === name : section.groups.includes(group);
    if (!isMeant) return [];
    return (instancesOf(program) ?? [null]).flatMap((instance) => {
      const isProcess = process === "*" || processName(program, group, instance) === process;
      const suffix = instance === null ? "" : `@${instance}`;
      return isProcess ? [`${program.name}${suffix}.service`] : [];
    });
  });
  return units.length > 0 ? units : [`${name.replace(/^.*:/s, "")}.service`];
}

/** What `process_name` means for an instance. */
function processName(
  { name, options }: ExportedProgram,
  group: string | null,
  instance: number | null,
): string {
  const names = new Map<string, string | number>([["process_num", instance ?? 0]]);
  if (group !== null) names.set("group_name", group);
  const expanded = expand(options.get("process_name") ?? name, names, "");
  return expanded.ok ? expanded.value : name;
}
