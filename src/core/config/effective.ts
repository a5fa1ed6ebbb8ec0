// The configuration as it is understood: what every section has, sets or inherits, with expanded values, as text of a
// configuration that means the same. Secrets are hidden.

import type { Complaint } from "../base/complaint.ts";
import { printable } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { shellWord } from "../base/shell-word.ts";
import { moduleOf } from "../plugins/module.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isHarmlessVariable, isSecretOption, REDACTED } from "../redact/secret-names.ts";
import { isReference, shownUrl, shownVariable } from "../redact/variables.ts";
import { type Expansions, type ExpansionValue, expand, OF_ENVIRONMENT } from "./expand.ts";
import { scanIni } from "./ini-scanner.ts";
import { refusedConfig } from "./lint/check.ts";
import { loadConfig } from "./load.ts";
import type { Config, GroupConfig, ProcessConfig } from "./model.ts";
import { PROGRAM, SCHEDULED } from "./options/program.ts";
import { RECEIVER } from "./options/receivers.ts";
import type { SectionKind } from "./options/sections.ts";
import { optionsOf, sectionKind } from "./options/table.ts";
import { absolutePath, dirname } from "./paths.ts";
import { environmentText, parseEnvironment } from "./posix-lexer.ts";
import { allOptions, type RawOption, type RawSection } from "./raw.ts";
import { examine } from "./read.ts";
import { createReading, layersOf, openScope, type Reading, readOption } from "./reading.ts";
import type { ConfigWorld } from "./world.ts";

/** Where a value, or a part of it, is written. */
export interface EffectivePlace {
  readonly file: string;
  readonly line: number;
  /** The section that it is inherited from; null for its own. */
  readonly from: string | null;
}

/** An option as it is understood. */
export interface EffectiveOption {
  readonly key: string;
  /** As a file would have it. */
  readonly value: string;
  /** The nearest first: several where variables of `environment` are inherited, none for a default. */
  readonly places: readonly EffectivePlace[];
}

/** A section, with its options in the order of the manual. */
export interface EffectiveSection {
  readonly name: string;
  /** The groups in which its programs run, or that it is. */
  readonly groups: readonly string[];
  readonly options: readonly EffectiveOption[];
  /** Options that are not given and have a default. */
  readonly defaults: readonly EffectiveOption[];
}

/** Sections of which nothing is left once their files are read and their options inherited. */
const RESOLVED: ReadonlySet<SectionKind> = new Set(["include", "program-default", "template"]);

/** The sections of a configuration that a daemon or ctl reads. The error is why a daemon refuses it. */
export function readEffective(
  file: string,
  world: ConfigWorld,
): Result<readonly EffectiveSection[], Complaint> {
  const refused = refusedConfig(file, world);
  if (refused !== null) return err(refused);
  const here = absolutePath(dirname(file), world.cwd);
  const loaded = loadConfig(file, world, here);
  const reading = loaded.ok
    ? createReading(loaded.value.raw, world, { configFile: file, here })
    : null;
  const config = loaded.ok && reading !== null ? examine(loaded.value, reading) : null;
  if (config !== null && reading !== null) return ok(effectiveSections(config, reading));
  const steps = [["Show what is wrong", `tsv check -v ${shellWord(file)}`]] as const;
  const message = `${file} has no [supervisord] section: name the file that includes it`;
  return err({ kind: "configuration", message, steps });
}

/** What a section is, or what runs its programs. */
interface Use {
  readonly groups: GroupConfig[];
  /** The first of its processes; null for a section without any. */
  process: ProcessConfig | null;
}

/** By the names of sections. */
function usesOf({ groups }: Config): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  const useOf = (section: string, group: GroupConfig): Use => {
    const use = uses.get(section) ?? { groups: [], process: null };
    if (use.groups.at(-1) !== group) use.groups.push(group);
    uses.set(section, use);
    return use;
  };
  for (const group of groups) {
    useOf(group.origin.section, group);
    for (const process of group.processes) useOf(process.origin.section, group).process ??= process;
  }
  return uses;
}

const UNUSED: Use = { groups: [], process: null };

/** The sections in the order of the files. @param reading after its configuration was read without a problem */
function effectiveSections(config: Config, reading: Reading): readonly EffectiveSection[] {
  const uses = usesOf(config);
  return Array.from(reading.raw.sections.values()).flatMap((section) => {
    const kind = sectionKind(section.name);
    if (kind === null || RESOLVED.has(kind)) return [];
    const use = uses.get(section.name) ?? UNUSED;
    const names = namesOf(section, kind, use, reading);
    const given = allOptions(reading.raw, section);
    const options = keysOf(kind, given).flatMap((key) => {
      const option = given.get(key);
      return option === undefined ? [] : [effectiveOption(section, option, names, reading)];
    });
    const groups = use.groups.map(({ name }) => name);
    return [{ name: section.name, groups, options, defaults: defaultsOf(kind, given, use) }];
  });
}

/** The options of a section that mean something. Those of plugins are their own. */
function keysOf(kind: SectionKind, given: ReadonlyMap<string, RawOption>): readonly string[] {
  const known = optionsOf(kind).map(({ key }) => key);
  const isOpen = kind === "rpcinterface" || kind === "ctlplugin";
  return isOpen
    ? Array.from(new Set([...known, ...given.keys()]))
    : known.filter((key) => key !== "extends");
}

/** The names that have one value in all processes of a section, and one that may be shown. */
function namesOf(
  section: RawSection,
  kind: SectionKind,
  { groups, process }: Use,
  reading: Reading,
): Expansions {
  const { here, world, environ, raw } = reading;
  const names = new Map<string, ExpansionValue>([
    ["here", here],
    ["host_node_name", world.hostName],
  ]);
  for (const [name, value] of environ) {
    if (isHarmlessVariable(name.slice(OF_ENVIRONMENT.length))) names.set(name, value);
  }
  if (process === null) return names;
  names.set("program_name", process.programName);
  const [group, ...others] = groups;
  if (group !== undefined && others.length === 0) names.set("group_name", group.name);
  const scope = openScope(reading, section, kind, names);
  const numprocs = readOption(scope, PROGRAM.numprocs);
  names.set("numprocs", numprocs);
  if (numprocs === 1) names.set("process_num", readOption(scope, PROGRAM.numprocsStart));
  // Variables of its own may differ between processes, and between this daemon and the next.
  const environment = allOptions(raw, section).get(PROGRAM.environment.key);
  if (environment !== undefined) {
    for (const name of Object.keys(process.environment)) names.delete(OF_ENVIRONMENT + name);
  }
  return names;
}

/** Leaves every expansion as it is written. */
const NO_NAMES: Expansions = new Map();

/** A percent sign; or flags, width, precision and letter, mostly with a name. */
const EXPANSION = /%%|%(?:\(([^()]*)\))?[-+ #0]*[0-9]*(?:\.[0-9]*)?[hlL]?[A-Za-z]/g;

/** Replaces expansions of these names, and leaves all others as they are: the text expands to the same as before. */
function settle(text: string, names: Expansions): string {
  return text.replace(EXPANSION, (written, name?: string) => {
    // Without a name it stays as it is, but not behind another one.
    if (name === undefined) return written === "%%" ? written : `%${written}`;
    if (names.get(name) === undefined) return written;
    const value = expand(written, names, "");
    return value.ok ? value.value.replaceAll("%", "%%") : written;
  });
}

function effectiveOption(
  section: RawSection,
  option: RawOption,
  names: Expansions,
  { world }: Reading,
): EffectiveOption {
  const { key } = option;
  const layers = Array.from(layersOf(option)).reverse();
  const places = layers.map(({ file, line, from = null }) => ({ file, line, from }));
  if (key === PROGRAM.environment.key) {
    const value = environmentOf(option, names);
    return { key, value: isWritable(key, value) ? value : environmentOf(option, NO_NAMES), places };
  }
  const settled = settle(option.value, names);
  // Relative to the file, which is another one if the text is written to another directory.
  const module = key.endsWith("_factory") ? moduleOf(settled, section.file, world.cwd) : null;
  const path = module === null ? settled : `${module.path}:${module.name}`;
  const isHidden =
    isSecretOption(section.name, key) && !isReference(option.value) && option.value !== "";
  const value = isHidden
    ? key === RECEIVER.url.key
      ? shownUrl(settled)
      : REDACTED
    : redactPatterns(module?.name === "default" ? module.path : path);
  return { key, value: isWritable(key, value) ? value : redactPatterns(option.value), places };
}

/** Whether a file can have the value: a variable may have put a blank before a semicolon. */
function isWritable(key: string, value: string): boolean {
  const scanned = scanIni(`[x]\n${optionText(key, value)}\n`, "");
  return scanned.ok && scanned.value[0]?.options[0]?.value === value;
}

/** `key=value`, with the further lines of the value below. */
export function optionText(key: string, value: string): string {
  return `${key}=${value.replaceAll("\n", "\n  ")}`;
}

/** In place of an expansion that stays: a word that needs no quotes. */
const MARK = "__tsv_expansion_";
const MARKED = new RegExp(`${MARK}(\\d+)_`, "g");

/** The variables of a section over those that it inherits, as one value. */
function environmentOf(option: RawOption, names: Expansions): string {
  const variables = new Map<string, string>();
  for (const layer of layersOf(option)) {
    const kept: string[] = [];
    const marked = settle(layer.value, names).replace(EXPANSION, (written) => {
      kept.push(written);
      return `${MARK}${kept.length - 1}_`;
    });
    const parsed = parseEnvironment(marked);
    const unmarked = (text: string): string =>
      text.replace(MARKED, (_, index: string) => kept[Number(index)] ?? "");
    for (const [name, value] of Object.entries(parsed.ok ? parsed.value : {})) {
      variables.set(unmarked(name), unmarked(value));
    }
  }
  const shown = Array.from(
    variables,
    ([name, value]) => [name, shownVariable(name, value)] as const,
  );
  return environmentText(Object.fromEntries(shown));
}

/** The defaults that count, of options that a section does not give. Some depend on other options. */
function defaultsOf(
  kind: SectionKind,
  given: ReadonlyMap<string, RawOption>,
  { process }: Use,
): readonly EffectiveOption[] {
  const special = new Map<string, string>();
  if (process !== null) {
    special.set("process_name", process.programName);
    special.set("stopasgroup", String(process.stopAsGroup));
    special.set("killasgroup", String(process.killAsGroup));
    special.set("redirect_stderr", String(process.redirectStderr));
    if (process.essential) special.set("autorestart", "false");
    if (process.schedule !== null) {
      special.set("autostart", String(SCHEDULED.autostart));
      special.set("autorestart", "false");
      special.set("type", SCHEDULED.type);
    }
  }
  return optionsOf(kind).flatMap(({ key, default: usual }) => {
    const value = special.get(key) ?? usual;
    if (given.has(key) || value === undefined || value === "") return [];
    return [{ key, value, places: [] }];
  });
}

/** Columns of an option with its place behind it. */
const WIDTH = 80;
/** Where places begin, unless the option is longer. */
const COLUMN = 40;

/**
 * The sections as text of a configuration; what is not given is a comment.
 * @param directory places below it are shown without it
 */
export function effectiveText(
  sections: readonly EffectiveSection[],
  directory: string,
  withDefaults: boolean,
): string {
  const placeOf = ({ file, line, from }: EffectivePlace): string => {
    const path = file.startsWith(`${directory}/`) ? file.slice(directory.length + 1) : file;
    return printable(`${path}:${line}${from === null ? "" : ` [${from}]`}`);
  };
  const texts = sections.map(({ name, options, defaults }) => {
    const lines = options.map((option) => lineOf(option, option.places.map(placeOf)));
    const others = withDefaults ? defaults.map(({ key, value }) => `;${key}=${value}`) : [];
    return [`[${name}]`, ...lines, ...others, ""].join("\n");
  });
  return texts.join("\n");
}

/** An option with its place behind it; above it where it would not fit, or would not be a comment there. */
function lineOf({ key, value }: EffectiveOption, places: readonly string[]): string {
  const text = optionText(key, value);
  const line = `${text.padEnd(COLUMN)} ; ${places.join(", ")}`;
  const scanned =
    value.includes("\n") || line.length > WIDTH ? null : scanIni(`[x]\n${line}\n`, "");
  const isSame = scanned?.ok === true && scanned.value[0]?.options[0]?.value === value;
  return isSame ? line : [...places.map((place) => `; ${place}`), text].join("\n");
}
