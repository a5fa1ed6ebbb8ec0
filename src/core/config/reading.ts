// Reads one option: raw value or default, expansion, conversion, and on failure an error with file and line.
// Reading continues after a problem, so that all can be reported; the first one is the one Supervisor would stop at.

import { pyRepr } from "../base/py-repr.ts";
import { type Expansions, expand, overlay, withoutVariables } from "./expand.ts";
import { inMegabytes, MOST_EXPANDED } from "./limits.ts";
import type { ConfigError, ConfigNotice, ConfigWarning, Origin } from "./model.ts";
import { defaultOf } from "./options/defaults.ts";
import type { OptionRow, ReadValue, SectionKind } from "./options/entry.ts";
import { findOption, type RawConfig, type RawSection } from "./raw.ts";
import type { ConfigRule } from "./rules.ts";
import { secretVariablesOf } from "./secret-variables.ts";
import { parseValue } from "./values.ts";
import type { ConfigWorld } from "./world.ts";

/** One pass over a configuration. The lists grow; the rest stays. */
export interface Reading {
  readonly raw: RawConfig;
  readonly world: ConfigWorld;
  /** As given or found. */
  readonly configFile: string;
  readonly here: string;
  /** `ENV_…` names: the daemon's environment and, once read, the [supervisord] environment. */
  readonly environ: Map<string, string>;
  /** Variables of the [supervisord] environment that contain the secret of another one. */
  readonly secretVariables: Set<string>;
  /** What it comes to so far: characters of all values, processes. */
  readonly totals: { characters: number; processes: number };
  readonly problems: ConfigError[];
  readonly notices: ConfigNotice[];
  readonly warnings: ConfigWarning[];
}

/** A section while its options are read. */
export interface Scope {
  readonly reading: Reading;
  readonly section: RawSection;
  readonly kind: SectionKind;
  /** Names for `%(…)s` beside the environment's. */
  readonly names: Expansions;
  /** Supervisor's tail of messages about program sections. */
  readonly suffix: string;
  /** Receives the options that contain environment variables, by key, as they may be shown; null: nothing shows them. */
  readonly shown: Map<string, string> | null;
  /** Receives the variables of its environment= that contain the secret of another one. */
  readonly secretVariables: Set<string>;
}

/** Begins a pass. */
export function createReading(
  raw: RawConfig,
  world: ConfigWorld,
  files: { readonly configFile: string; readonly here: string },
): Reading {
  const environ = Object.entries(world.env).map(([name, value]) => [`ENV_${name}`, value] as const);
  return {
    raw,
    world,
    ...files,
    environ: new Map(environ),
    secretVariables: new Set(),
    totals: { characters: 0, processes: 0 },
    problems: [],
    notices: [],
    warnings: [],
  };
}

/** A section in which `names` may be used. */
export function openScope(
  reading: Reading,
  section: RawSection,
  kind: SectionKind,
  names: Expansions = new Map([["here", reading.here]]),
): Scope {
  return { reading, section, kind, names, suffix: "", shown: null, secretVariables: new Set() };
}

/** Supervisor's tail of messages about a program section. */
export function sectionSuffix({ name, file }: RawSection): string {
  return ` in section ${pyRepr(name)} (file: ${pyRepr(file)})`;
}

/** Where a section came from. */
export function originOf(section: RawSection): Origin {
  return { file: section.file, section: section.name, line: section.line };
}

/** Rules of values of which quotes and comments that became part of the value are a likely cause. */
const OF_VALUES: ReadonlySet<ConfigRule> = new Set([
  "value",
  "missing-directory",
  "unknown-user",
  "unknown-program",
  "unknown-event",
  "socket-access",
]);

/** Why a value is wrong, more precisely than that it is: what was written says whether it was meant otherwise. */
export function ruleOfValue(rule: ConfigRule, key: string | null, written: string): ConfigRule {
  if (!OF_VALUES.has(rule) || key === "environment") return rule;
  if (/^(["']).*\1$/s.test(written)) return "quoted";
  const signs = rule === "missing-directory" ? /[^\s;];/ : /[^\s;#][;#]/;
  return signs.test(written) ? "glued-comment" : rule;
}

/** Records a problem with an option, or with the section when `key` is null. One for each option is enough. */
export function report(
  scope: Scope,
  key: string | null,
  text: string,
  kind: ConfigRule = "value",
): void {
  const { reading, section } = scope;
  const option = key === null ? null : findOption(reading.raw, section.name, key);
  const place = { file: option?.file ?? section.file, line: option?.line ?? section.line };
  const isKnown = reading.problems.some(
    (problem) =>
      problem.key === key &&
      problem.section === section.name &&
      (key !== null || problem.text === text + scope.suffix),
  );
  if (isKnown) return;
  const rule = ruleOfValue(kind, key, option?.value ?? "");
  reading.problems.push({ rule, text: text + scope.suffix, ...place, section: section.name, key });
}

/** Adds a notice for the activity log, unless it is there already (each of many processes would add it). */
export function notice(reading: Reading, said: ConfigNotice): void {
  const { level, text } = said;
  const isKnown = reading.notices.some((known) => known.level === level && known.text === text);
  if (!isKnown) reading.notices.push(said);
}

/** `FILE:LINE` of an option; null where it is not written. */
export function placeOf(raw: RawConfig, section: string, key: string): string | null {
  const option = findOption(raw, section, key);
  if (option === null) return null;
  return option.line === 0 ? option.file : `${option.file}:${option.line}`;
}

/** Names at a place. */
export function namesAt(
  names: Iterable<string>,
  place: string | null,
): Readonly<Record<string, string>> {
  if (place === null) return {};
  return Object.fromEntries(Array.from(names, (name) => [name, place]));
}

/** Whether the option is written down, in the section or in [DEFAULT]. */
export function isGiven(scope: Scope, { key }: OptionRow): boolean {
  return findOption(scope.reading.raw, scope.section.name, key) !== null;
}

/** The value as written, or the default, without any expansion. */
export function rawText<R extends OptionRow>(scope: Scope, row: R): string | R["default"] {
  const option = findOption(scope.reading.raw, scope.section.name, row.key);
  return option?.value ?? row.default;
}

/** Expands `text` with the names of the scope; a failure is recorded against `key` and gives null. */
export function expandIn(scope: Scope, key: string, text: string, where: string): string | null {
  const { environ, totals } = scope.reading;
  const names = overlay(scope.names, environ);
  const expanded = expand(text, names, where);
  if (expanded.ok) {
    if (scope.shown !== null && text.includes("%(ENV_")) {
      noteShown(scope.shown, key, { text, names, expanded: expanded.value });
    }
    totals.characters += expanded.value.length;
    if (totals.characters <= MOST_EXPANDED) return expanded.value;
    const most = inMegabytes(MOST_EXPANDED);
    const tooMuch = `all values of the configuration together have more than ${most}`;
    report(scope, key, tooMuch, "expansion");
    return null;
  }
  report(scope, key, expanded.error, "expansion");
  return null;
}

interface Written {
  readonly text: string;
  readonly names: Expansions;
  readonly expanded: string;
}

/** Without the values that may be secrets. */
function noteShown(
  shown: Map<string, string>,
  key: string,
  { text, names, expanded }: Written,
): void {
  const masked = expand(text, withoutVariables(names), key);
  const value = masked.ok ? masked.value : text;
  if (value !== expanded) shown.set(key, value);
}

/** The expanded value or default; null when there is none, or when expansion failed. */
export function readText(scope: Scope, row: OptionRow): string | null {
  const text = rawText(scope, row);
  return text === null ? null : expandIn(scope, row.key, text, `${scope.section.name}.${row.key}`);
}

/** Expands `environment=` as one text, and only then splits it into pairs. After a problem there are none. */
export function readEnvironment(scope: Scope, written: string): Readonly<Record<string, string>> {
  const expanded = expandIn(scope, "environment", written, "environment");
  if (expanded === null) return {};
  const environment = parseValue("environment", expanded, scope.reading.world);
  scope.secretVariables.clear();
  if (environment.ok) {
    const { environ, secretVariables, world } = scope.reading;
    const names = overlay(scope.names, environ);
    const surroundings = { names, secretVariables, world };
    const secrets = secretVariablesOf(written, environment.value, surroundings);
    for (const name of secrets) scope.secretVariables.add(name);
    return environment.value;
  }
  // The text has the values, which may be secrets.
  const text = environment.error.replace(/ in value '[\s\S]*$/, " in value (not shown)");
  report(scope, "environment", text);
  return {};
}

/**
 * Reads an option. After a problem its default stands in, so that reading can continue.
 * @param describe what to say of a bad value instead of the value type's own message
 */
export function readOption<R extends OptionRow>(
  scope: Scope,
  row: R,
  describe?: (text: string) => string,
): ReadValue<R> {
  const text = readText(scope, row);
  if (text === null) return defaultOf(row);
  const value = parseValue<R["kind"]>(row.kind, text, scope.reading.world);
  if (value.ok) return value.value as ReadValue<R>;
  report(scope, row.key, describe?.(text) ?? value.error, ruleOfOption(scope, row));
  return defaultOf(row);
}

/** What a bad value of this option is about. */
function ruleOfOption(scope: Scope, { kind, key }: OptionRow): ConfigRule {
  if (scope.kind === "unix_http_server") return "socket-access";
  if (kind === "user") return "unknown-user";
  if (kind === "logfile" || kind === "path" || key === "childlogdir") return "missing-directory";
  return "value";
}
