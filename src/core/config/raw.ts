// All files of a configuration merged into one table of raw values, each of which remembers its file and line.

import type { IniDocument } from "./ini-dialect.ts";
import type { ScannedOption } from "./ini-scanner.ts";
import { LONGEST_VALUE } from "./limits.ts";

export type RawOption = ScannedOption;

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

const DEFAULT = "DEFAULT";

/** Puts a further file over what is there: sections merge, later values win. */
export function mergeDocument(base: RawConfig, document: IniDocument, file: string): RawConfig {
  const sections = new Map(base.sections);
  let defaults = base.defaults;
  for (const { name, line, options } of document.sections.values()) {
    const before = name === DEFAULT ? base.defaults : sections.get(name)?.options;
    const merged = before === undefined ? options : new Map([...before, ...options]);
    if (name === DEFAULT) defaults = merged;
    else sections.set(name, { name, file, line, ...sections.get(name), options: merged });
  }
  return { sections, defaults };
}

export const EMPTY_RAW: RawConfig = { sections: new Map(), defaults: new Map() };

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
