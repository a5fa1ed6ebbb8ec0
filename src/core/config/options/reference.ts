// The output of `tsv help conf`: every option with its type, its default and one line of documentation, from the table. The
// full manual, with examples and pitfalls of the format, is tsv.conf(5).

import { closest } from "../../base/edit-distance.ts";
import type { OptionEntry, SectionKind } from "./entry.ts";
import { NAMED_SECTIONS, OPTIONS } from "./table.ts";

const KINDS: readonly SectionKind[] = Array.from(new Set(OPTIONS.map(({ section }) => section)));

function headerOf(kind: SectionKind): string {
  return NAMED_SECTIONS.includes(kind) ? `[${kind}:NAME]` : `[${kind}]`;
}

function entryText({ key, kind, default: text, doc }: OptionEntry): string {
  const known = text === null || text === "" ? "" : ` (${text})`;
  return `  ${key}=${kind}${known}\n      ${doc}`;
}

function sectionText(kind: SectionKind): string {
  const own = OPTIONS.filter(({ section }) => section === kind);
  const shared = kind === "fcgi-program" || kind === "eventlistener";
  const head = shared ? `${headerOf(kind)}  and all options of [program:NAME]` : headerOf(kind);
  return `${[head, ...own.map(entryText)].join("\n")}\n`;
}

/** `program`, `[program]` and `program:web` all mean one kind of section. */
function kindOf(written: string): SectionKind | null {
  const word = written.replace(/^\[|\]$/g, "").replace(/:.*$/, "");
  return KINDS.find((kind) => kind === word) ?? null;
}

/**
 * The options of all sections, or of one; of an option name, its entries wherever it exists; of a section and an option,
 * that one.
 * @returns null when there is neither a section nor an option of that name
 */
export function optionReference(name: string | null, key: string | null = null): string | null {
  if (name === null) return KINDS.map(sectionText).join("\n");
  const kind = kindOf(name);
  if (key !== null) return kind === null ? null : optionOf(kind, key);
  if (kind !== null) return sectionText(kind);
  const found = OPTIONS.filter(({ key }) => key === name.toLowerCase());
  if (found.length === 0) return null;
  return found.map((entry) => `${headerOf(entry.section)}\n${entryText(entry)}\n`).join("\n");
}

/** Those of programs are options of what is a program too. */
function optionOf(kind: SectionKind, key: string): string | null {
  const isProgram = kind === "fcgi-program" || kind === "eventlistener";
  const kinds = isProgram ? [kind, "program"] : [kind];
  const entry = OPTIONS.find((one) => kinds.includes(one.section) && one.key === key.toLowerCase());
  return entry === undefined ? null : `${headerOf(kind)}\n${entryText(entry)}\n`;
}

/** The section or option that was meant; null when nothing is near. */
export function nearestReference(name: string): string | null {
  const names = [...new Set([...KINDS, ...OPTIONS.map(({ key }) => key)])];
  return names.find((each) => each.startsWith(name)) ?? closest(name.toLowerCase(), names);
}
