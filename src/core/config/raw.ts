// All files of a configuration merged into one table of raw values, each of which remembers its file and line.

import { ok, type Result } from "../base/result.ts";
import { type IniFailure, type ScannedOption, scanIni } from "./ini-scanner.ts";
import { LONGEST_VALUE } from "./limits.ts";
import type { ConfigWarning } from "./model.ts";

export interface RawOption extends ScannedOption {
  /** The section that it is inherited from; absent for one that the section has itself. */
  readonly from?: string;
  /** Of `environment`: the inherited variables that it is put over. */
  readonly under?: RawOption;
}

export interface RawSection {
  readonly name: string;
  /** The file that named the section first. */
  readonly file: string;
  readonly line: number;
  readonly options: ReadonlyMap<string, RawOption>;
}

export interface RawConfig {
  /** In the order of their first headers; without DEFAULT. */
  readonly sections: ReadonlyMap<string, RawSection>;
  /** The options of [DEFAULT], which every section has too. */
  readonly defaults: ReadonlyMap<string, RawOption>;
}

/** A section or key that occurs again in a file, which Supervisor merges silently. */
export interface IniRepeat {
  readonly section: string;
  /** null when the section itself is repeated. */
  readonly key: string | null;
  readonly line: number;
  readonly firstLine: number;
}

/** One file, in which blocks of one name are merged. */
export interface IniDocument {
  /** Also DEFAULT. Of a key given twice the last one counts, at the place of the first. */
  readonly sections: ReadonlyMap<string, RawSection>;
  readonly repeats: readonly IniRepeat[];
}

/**
 * Reads one file's text. The grammar is in ini-scanner.ts.
 * @param file its name in messages
 */
export function parseIni(text: string, file: string): Result<IniDocument, IniFailure> {
  const scanned = scanIni(text, file);
  if (!scanned.ok) return scanned;
  const sections = new Map<string, RawSection & { readonly options: Map<string, RawOption> }>();
  const repeats: IniRepeat[] = [];
  for (const { section: name, line, options } of scanned.value) {
    const before = sections.get(name);
    if (before !== undefined)
      repeats.push({ section: name, key: null, line, firstLine: before.line });
    const section = before ?? { name, file, line, options: new Map() };
    sections.set(name, section);
    for (const option of options) {
      const { key, line } = option;
      const first = section.options.get(key);
      if (first !== undefined) repeats.push({ section: name, key, line, firstLine: first.line });
      section.options.set(key, option);
    }
  }
  return ok({ sections, repeats });
}

export const EMPTY_RAW: RawConfig = { sections: new Map(), defaults: new Map() };

/** Puts a further file over what is there: sections merge, later values win. */
export function mergeDocument(base: RawConfig, document: IniDocument): RawConfig {
  const sections = new Map(base.sections);
  let defaults = base.defaults;
  for (const section of document.sections.values()) {
    const { name, options } = section;
    const first = sections.get(name);
    if (name === "DEFAULT") defaults = new Map([...defaults, ...options]);
    else if (first === undefined) sections.set(name, section);
    else sections.set(name, { ...first, options: new Map([...first.options, ...options]) });
  }
  return { sections, defaults };
}

/** A section that is made of these options, by key. */
export function madeSection(
  name: string,
  file: string,
  line: number,
  options: Readonly<Record<string, string>>,
): RawSection {
  const entries = Object.entries(options).map(([written, value]): [string, RawOption] => {
    const key = written.toLowerCase();
    return [key, { key, value, file, line, cuts: [] }];
  });
  return { name, file, line, options: new Map(entries) };
}

export function rawOf(sections: readonly RawSection[]): RawConfig {
  return { sections: new Map(sections.map((one) => [one.name, one])), defaults: new Map() };
}

/** The sections whose names begin with a prefix, in order. */
export function sectionsWith(raw: RawConfig, prefix: string): readonly RawSection[] {
  return Array.from(raw.sections.values()).filter(({ name }) => name.startsWith(prefix));
}

/** A section's own options, then the ones it has from [DEFAULT]. */
export function allOptions(raw: RawConfig, section: RawSection): ReadonlyMap<string, RawOption> {
  if (raw.defaults.size === 0) return section.options;
  const all = new Map(section.options);
  for (const [key, option] of raw.defaults) if (!all.has(key)) all.set(key, option);
  return all;
}

/** One option, from the section or from [DEFAULT]. */
export function findOption(raw: RawConfig, section: string, key: string): RawOption | null {
  return raw.sections.get(section)?.options.get(key) ?? raw.defaults.get(key) ?? null;
}

const HERE = "%(here)s";

/**
 * Replaces `%(here)s` in every value read so far by a directory, as text and whatever stands around it.
 * @remarks This is how an included file gets its own directory: it happens after each file, so each value meets its own
 * file's directory first. A value from [DEFAULT] becomes the section's own by it.
 * @param tooLong called for a value that would exceed LONGEST_VALUE; the value stays unexpanded
 */
export function replaceHere(
  raw: RawConfig,
  here: string,
  tooLong: (section: RawSection, option: RawOption) => void,
): RawConfig {
  const sections = new Map<string, RawSection>();
  for (const [name, section] of raw.sections) {
    let options: Map<string, RawOption> | null = null;
    for (const [key, option] of allOptions(raw, section)) {
      if (!option.value.includes(HERE)) continue;
      const parts = option.value.split(HERE);
      const growth = (parts.length - 1) * (here.length - HERE.length);
      if (option.value.length + growth > LONGEST_VALUE) {
        tooLong(section, option);
        continue;
      }
      options ??= new Map(section.options);
      options.set(key, { ...option, value: parts.join(here) });
    }
    sections.set(name, options === null ? section : { ...section, options });
  }
  return { sections, defaults: raw.defaults };
}

/** A warning without its place. */
export type Advice = Pick<ConfigWarning, "rule" | "message" | "suggestion">;

/** A warning about an option, or about the section when `option` is null. */
export function warnAt(
  section: RawSection,
  option: RawOption | null,
  advice: Advice,
): ConfigWarning {
  const { file, line } = option ?? section;
  return { file, line, section: section.name, key: option?.key ?? null, ...advice };
}
