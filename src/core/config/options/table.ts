// The options of all sections: the source of the unknown-key warning, `tsv help conf`, the sample and the manual.
// Supervisor's own spelling appears in the tables, nowhere else.

import { DOCS } from "./docs.ts";
import type { OptionRow, OptionTable } from "./entry.ts";
import { EXTENDS } from "./program.ts";
import { LENT, type SectionKind, TABLES } from "./sections.ts";

/** An option and where it belongs. */
export interface OptionEntry extends OptionRow {
  readonly section: SectionKind;
  /** A sentence about it. */
  readonly doc: string;
}

/** Every option of every section. */
export const OPTIONS: readonly OptionEntry[] = Object.entries<readonly OptionTable[]>(
  TABLES,
).flatMap(([name, tables]) => {
  const section = name as keyof typeof TABLES;
  const docs: Readonly<Record<string, string>> = DOCS[section];
  return tables.flatMap((table) =>
    Object.values(table).map((row) => ({ ...row, section, doc: docs[row.key] ?? "" })),
  );
});

const EXACT = ["supervisord", "supervisorctl", "include", "program-default", "fleet"] as const;
const NAMED = [
  "group",
  "program",
  "template",
  "fcgi-program",
  "eventlistener",
  "rpcinterface",
  "ctlplugin",
  "user",
  "notify",
] as const;
const SERVERS = ["unix_http_server", "inet_http_server"] as const;

/** Section kinds that are written `[kind:name]`. */
export const NAMED_SECTIONS: readonly SectionKind[] = NAMED;

/** Section kinds that may stand alone. */
export const PLAIN_SECTIONS: readonly SectionKind[] = [...EXACT, ...SERVERS];

/** What kind of section a header opens, or null when Supervisor would ignore it. */
export function sectionKind(header: string): SectionKind | null {
  const named = NAMED.find((kind) => header.startsWith(`${kind}:`));
  if (named !== undefined) return named;
  const exact = EXACT.find((kind) => header === kind);
  // Supervisor takes any header that begins with these words.
  return exact ?? SERVERS.find((kind) => header.startsWith(kind)) ?? null;
}

/** The options of one kind of section, with those that others lend it. */
export function optionsOf(section: SectionKind): readonly OptionEntry[] {
  const byKey = new Map<string, OptionEntry>();
  const isOther = section === "fcgi-program" || section === "eventlistener";
  for (const kind of [section, ...(LENT[section] ?? [])]) {
    for (const option of OPTIONS) {
      const isLent = option.section === kind && (!option.isOfPrograms || !isOther);
      if (isLent && !byKey.has(option.key)) byKey.set(option.key, option);
    }
  }
  // Defaults of all programs extend nothing themselves.
  if (section === "program-default") byKey.delete(EXTENDS.templates.key);
  return Array.from(byKey.values());
}

/** Section kind to key to entry; asked for every option that is read. */
const INDEX: ReadonlyMap<SectionKind, ReadonlyMap<string, OptionEntry>> = new Map(
  [...NAMED, ...EXACT, ...SERVERS].map((kind) => {
    return [kind, new Map(optionsOf(kind).map((option) => [option.key, option]))] as const;
  }),
);

/** One entry, or null for an option that does not exist. */
export function findEntry(section: SectionKind, key: string): OptionEntry | null {
  return INDEX.get(section)?.get(key) ?? null;
}
