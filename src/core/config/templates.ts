// Templates: [program-default] and [template:x] become options of the sections that inherit them, before any option is
// interpreted. What is inherited keeps its file and line.

import { closest } from "../base/edit-distance.ts";
import { MOST_TEMPLATES } from "./limits.ts";
import type { ConfigError } from "./model.ts";
import { EXTENDS } from "./options/program.ts";
import type { SectionKind } from "./options/sections.ts";
import { findEntry, sectionKind } from "./options/table.ts";
import { strip } from "./py-text.ts";
import type { RawConfig, RawOption, RawSection } from "./raw.ts";
import type { ConfigRule } from "./rules.ts";

/** The section of defaults of all programs. */
const COMMON = "program-default";
const { key: KEY } = EXTENDS.templates;

/**
 * Of [program-default], what these kinds do not get: options that they cannot have, and the priority of event listeners, which
 * start before programs. `extends` gives them all the same.
 */
const NOT_COMMON: Partial<Readonly<Record<SectionKind, readonly string[]>>> = {
  eventlistener: ["priority", "redirect_stderr", "schedule", "tty"],
  "fcgi-program": ["tty"],
};

/** Options of which an empty value says something that no other value says. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(["environment_pass", "serverurl"]);

type Options = ReadonlyMap<string, RawOption>;

/** The kinds of sections that inherit: programs of all three kinds. */
function isProgram(kind: SectionKind | null): kind is SectionKind {
  return kind === "program" || kind === "fcgi-program" || kind === "eventlistener";
}

/** `x` of `[template:x]`, trimmed; null for another section. */
export function templateName({ name }: RawSection): string | null {
  return sectionKind(name) === "template" ? strip(name.slice(name.indexOf(":") + 1)) : null;
}

/** The templates that a section names, in its order. */
export function namedTemplates({ options }: RawSection): readonly string[] {
  const written = options.get(KEY)?.value ?? "";
  return written
    .split(",")
    .map(strip)
    .filter((name) => name !== "");
}

/** The templates of a configuration by name. */
function templatesOf({ sections }: RawConfig): ReadonlyMap<string, RawSection> {
  const named = Array.from(
    sections.values(),
    (section) => [templateName(section), section] as const,
  );
  // One without a name cannot be extended.
  return new Map(named.flatMap(([name, section]) => (name ? [[name, section]] : [])));
}

interface Resolving {
  readonly raw: RawConfig;
  readonly templates: ReadonlyMap<string, RawSection>;
  readonly errors: ConfigError[];
  /** Of the templates examined so far; null for one with an error of its own, or in what it extends. */
  readonly lineages: Map<RawSection, readonly RawSection[] | null>;
  /** The options that each section passes on. */
  readonly passed: Map<RawSection, Options>;
}

function fail({ errors }: Resolving, section: RawSection, rule: ConfigRule, text: string): null {
  const { file, line } = section.options.get(KEY) ?? section;
  errors.push({ rule, text, file, line, section: section.name, key: KEY });
  return null;
}

/**
 * The templates that a section inherits, from the most general to the nearest: each once, and behind all that it extends.
 * @param path the templates on the way to the section
 * @returns null after an error
 */
function lineageOf(
  resolving: Resolving,
  section: RawSection,
  path: readonly string[] = [],
): readonly RawSection[] | null {
  const lineage = new Set<RawSection>();
  let isSound = true;
  for (const name of namedTemplates(section)) {
    const template = resolving.templates.get(name);
    const found =
      template === undefined
        ? fail(resolving, section, "unknown-template", unknownText(resolving, section, name))
        : templateLineage(resolving, section, template, [...path, name]);
    if (found === null) isSound = false;
    else for (const each of found) lineage.add(each);
  }
  if (!isSound) return null;
  if (lineage.size <= MOST_TEMPLATES) return Array.from(lineage);
  const text = `[${section.name}] extends more than ${MOST_TEMPLATES} templates`;
  return fail(resolving, section, "out-of-range", text);
}

/** A template behind all that it extends. @param path ends with its name */
function templateLineage(
  resolving: Resolving,
  from: RawSection,
  template: RawSection,
  path: readonly string[],
): readonly RawSection[] | null {
  const known = resolving.lineages.get(template);
  if (known !== undefined) return known;
  const name = path.at(-1) ?? "";
  const first = path.indexOf(name);
  if (first < path.length - 1) {
    const loop = path.slice(first).join(" -> ");
    return fail(resolving, from, "template-loop", `templates extend each other in a loop: ${loop}`);
  }
  if (path.length > MOST_TEMPLATES) {
    const text = `[${from.name}] is part of a chain of more than ${MOST_TEMPLATES} templates`;
    return fail(resolving, from, "out-of-range", text);
  }
  const others = lineageOf(resolving, template, path);
  const lineage = others === null ? null : [...others, template];
  resolving.lineages.set(template, lineage);
  return lineage;
}

function unknownText({ raw }: Resolving, { name: section }: RawSection, name: string): string {
  const text = `[${section}] extends unknown template ${name}`;
  const isOther = raw.sections.has(`program:${name}`);
  return isOther ? `${text}: [program:${name}] is a program, not a template` : text;
}

/** Shorter names resemble any other that is as short. */
const SHORTEST_GUESS = 3;

/** The template that an unknown name means; null if it resembles none. */
export function nearTemplate(raw: RawConfig, name: string): string | null {
  if (name.length < SHORTEST_GUESS) return null;
  return closest(name, Array.from(templatesOf(raw).keys()));
}

/** What a section passes on, each option with the name of the section. */
function passedBy({ raw, passed }: Resolving, section: RawSection): Options {
  const known = passed.get(section);
  if (known !== undefined) return known;
  const options = Array.from(section.options).flatMap(([key, option]) => {
    // One that %(here)s has made the section's own comes from [DEFAULT], which is below all templates.
    const common = raw.defaults.get(key);
    if (common?.file === option.file && common.line === option.line) return [];
    return [[key, { ...option, from: section.name }] as const];
  });
  const own = new Map(options);
  passed.set(section, own);
  return own;
}

/** Puts options over those that are more general. */
function putOver(below: Map<string, RawOption>, options: Options): void {
  for (const [key, option] of options) {
    const inherited = below.get(key);
    if (inherited === undefined) below.set(key, option);
    else if (option.value === "" && !MAY_BE_EMPTY.has(key)) below.delete(key);
    else below.set(key, key === "environment" ? { ...option, under: inherited } : option);
  }
}

function resolveSection(resolving: Resolving, section: RawSection, kind: SectionKind): RawSection {
  const common = resolving.raw.sections.get(COMMON);
  const lineage = lineageOf(resolving, section) ?? [];
  if (common === undefined && lineage.length === 0) return section;
  const options = new Map<string, RawOption>();
  for (const each of common === undefined ? lineage : [common, ...lineage]) {
    const isCommon = each === common;
    const without = isCommon ? (NOT_COMMON[kind] ?? []) : [];
    const passed = Array.from(passedBy(resolving, each)).filter(([key]) => {
      const isOption = findEntry(isCommon ? COMMON : kind, key) !== null;
      return isOption && key !== KEY && !without.includes(key);
    });
    putOver(options, new Map(passed));
  }
  const own = new Map(section.options);
  for (const [key, { file, line }] of section.options) {
    // As in passedBy: an option of [DEFAULT] gives way to one of a template.
    const general = resolving.raw.defaults.get(key);
    if (options.has(key) && general?.file === file && general.line === line) own.delete(key);
  }
  putOver(options, own);
  return { ...section, options };
}

/** A configuration in which every program has what it inherits, and the errors of `extends`. Without templates it is the same. */
export function resolveTemplates(raw: RawConfig): {
  readonly raw: RawConfig;
  readonly errors: readonly ConfigError[];
} {
  const isUsed = Array.from(raw.sections.values()).some(
    ({ name, options }) => name === COMMON || options.has(KEY),
  );
  if (!isUsed) return { raw, errors: [] };
  const templates = templatesOf(raw);
  const resolving = { raw, templates, errors: [], lineages: new Map(), passed: new Map() };
  // Also of a template that no program extends, the errors are reported.
  for (const [name, template] of templates) templateLineage(resolving, template, template, [name]);
  const sections = Array.from(raw.sections, ([name, section]): [string, RawSection] => {
    const kind = sectionKind(name);
    return [name, isProgram(kind) ? resolveSection(resolving, section, kind) : section];
  });
  return { raw: { ...raw, sections: new Map(sections) }, errors: resolving.errors };
}
