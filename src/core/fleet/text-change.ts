// What a new desired text changes, by sections: without values, which may be secrets.

import { parseIni, type RawSection } from "../config/raw.ts";

/** "adds program:web; changes program:db", "changes only comments", or "no change". @param before null for none */
export function textChange(before: string | null, after: string | null): string {
  if (before === after) return "no change";
  const [old, fresh] = [sectionsOf(before), sectionsOf(after)];
  const added = [...fresh.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !fresh.has(name));
  const changed = [...fresh.keys()].filter(
    (name) => old.has(name) && old.get(name) !== fresh.get(name),
  );
  const parts = Object.entries({ adds: added, changes: changed, removes: removed });
  const said = parts.filter(([, names]) => names.length > 0);
  if (said.length === 0) return "changes only comments";
  return said.map(([verb, names]) => `${verb} ${names.join(", ")}`).join("; ");
}

function sectionsOf(text: string | null): ReadonlyMap<string, string> {
  const parsed = parseIni(text ?? "", "");
  const sections = parsed.ok ? [...parsed.value.sections.values()] : [];
  return new Map(sections.map((section) => [section.name, valuesOf(section)]));
}

function valuesOf({ options }: RawSection): string {
  return JSON.stringify(Array.from(options, ([key, { value }]) => [key, value]).sort());
}
