// Reads one option: raw value or default, expansion, conversion, and on failure an error with file and line.
// Reading continues after a problem, so that all can be reported; the first one is the one Supervisor would stop at.

import { pyRepr } from "../base/py-repr.ts";
import { err } from "../base/result.ts";
import { isHarmlessVariable, isSecretName, REDACTED } from "../redact/secret-names.ts";
import { type Expansions, expand, OF_ENVIRONMENT, overlay, withVariables } from "./expand.ts";
import { inMegabytes, MOST_EXPANDED } from "./limits.ts";
import type { ConfigError, ConfigNotice, ConfigWarning, Origin } from "./model.ts";
import type { OptionRow, OptionTable, ReadValue } from "./options/entry.ts";
import type { SectionKind } from "./options/sections.ts";
import { joinPath, splitPath } from "./paths.ts";
import { environmentText, parseEnvironment } from "./posix-lexer.ts";
import { durationText, sizeText } from "./quantities.ts";
import { findOption, type RawConfig, type RawOption, type RawSection } from "./raw.ts";
import type { ConfigRule } from "./rules.ts";
import { runDirectoryOf } from "./run-directory.ts";
import { parseValue } from "./values.ts";
import type { ConfigWorld } from "./world.ts";

/** One pass over a configuration. The lists grow; the rest stays. */
export interface Reading {
  /** With the decisions of operators, once they are read. */
  raw: RawConfig;
  readonly world: ConfigWorld;
  /** As given or found. */
  readonly configFile: string;
  readonly here: string;
  /** `ENV_…` names: the daemon's environment and, once read, the [supervisord] environment. */
  readonly environ: Map<string, string>;
  /** Variables of the [supervisord] environment that contain the secret of another one. */
  readonly secretVariables: Set<string>;
  /** Defaults that were read, which most options of most programs have. */
  readonly usual: Map<OptionRow, unknown>;
  /** What it comes to so far: characters of all values that are written, processes. */
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
  /** Whether messages end with the section and its file, as Supervisor's about program sections. */
  readonly isNamed: boolean;
  /** Receives the options that contain environment variables, by key, as they may be shown; null: nothing shows them. */
  readonly shown: Map<string, string> | null;
  /** Receives the variables of its environment= that contain the secret of another one. */
  readonly secretVariables: Set<string>;
  /** Receives where each variable of its environment= is written: FILE:LINE. */
  readonly environmentPlaces: Map<string, string>;
  /** What is read instead of the option that the section has: one that it inherits. */
  readonly inherited?: RawOption;
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
    world: inPass(world, joinPath(files.here, splitPath(files.configFile).tail)),
    ...files,
    environ: new Map(environ),
    secretVariables: new Set(),
    usual: new Map(),
    totals: { characters: 0, processes: 0 },
    problems: [],
    notices: [],
    warnings: [],
  };
}

/**
 * The start of a service creates its run directory, so that is never missing. The logs of a thousand programs are in one
 * directory, which is looked at once in a pass.
 */
function inPass(world: ConfigWorld, configFile: string): ConfigWorld {
  const made = runDirectoryOf(configFile);
  const known = new Map<string, boolean>(made === null ? [] : [[made, true]]);
  return Object.assign(Object.create(world) as ConfigWorld, {
    isDirectory(path: string): boolean {
      const isDirectory = known.get(path) ?? world.isDirectory(path);
      known.set(path, isDirectory);
      return isDirectory;
    },
  });
}

/** A section in which `names` may be used. */
export function openScope(
  reading: Reading,
  section: RawSection,
  kind: SectionKind,
  names: Expansions = new Map([["here", reading.here]]),
): Scope {
  const received = {
    secretVariables: new Set<string>(),
    environmentPlaces: new Map<string, string>(),
  };
  return { reading, section, kind, names, isNamed: false, shown: null, ...received };
}

/** Supervisor's tail of messages. */
function suffixOf({ isNamed, section: { name, file } }: Scope): string {
  if (!isNamed) return "";
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

/** The rule of a wrong value, made more precise by its text: quotes and comments that became part of it. */
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
  const whole = text + suffixOf(scope);
  const option =
    key === null ? null : (scope.inherited ?? findOption(reading.raw, section.name, key));
  const place = { file: option?.file ?? section.file, line: option?.line ?? section.line };
  const isKnown = reading.problems.some(
    (problem) =>
      problem.key === key &&
      problem.section === section.name &&
      (key !== null || problem.text === whole),
  );
  if (isKnown) return;
  const rule = ruleOfValue(kind, key, option?.value ?? "");
  reading.problems.push({ rule, text: whole, ...place, section: section.name, key });
}

/** Adds a notice for the activity log, unless it is there already (each of many processes would add it). */
export function notice(reading: Reading, added: ConfigNotice): void {
  const { level, text } = added;
  const isKnown = reading.notices.some((known) => known.level === level && known.text === text);
  if (!isKnown) reading.notices.push(added);
}

/** Adds a warning about an option of a section for the activity log, in Supervisor's form. */
export function warnOf(
  { reading, section: { name: section } }: Scope,
  key: string,
  rule: ConfigRule,
  text: string,
): void {
  const option = { section, key };
  notice(reading, { level: "WARN", text: `For [${section}], ${text}`, rule, option });
}

/** `FILE:LINE` of an option; null where it is not written. */
export function placeOf(raw: RawConfig, section: string, key: string): string | null {
  const option = findOption(raw, section, key);
  if (option === null) return null;
  return placeText(option);
}

function placeText({ file, line }: RawOption): string {
  return line === 0 ? file : `${file}:${line}`;
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
export function rawText<R extends OptionRow>(
  scope: Scope,
  row: R,
): R extends { readonly default: string } ? string : string | null;
export function rawText(scope: Scope, row: OptionRow): string | null {
  const option = findOption(scope.reading.raw, scope.section.name, row.key);
  return option?.value ?? row.default ?? null;
}

/** Expands `text` with the names of the scope; a failure is recorded against `key` and gives null. */
export function expandIn(scope: Scope, key: string, text: string, where: string): string | null {
  const { environ, totals } = scope.reading;
  const names = overlay(scope.names, environ);
  const expanded = expand(text, names, where);
  if (!expanded.ok) {
    report(scope, key, expanded.error, "expansion");
    return null;
  }
  if (scope.shown !== null && text.includes(`%(${OF_ENVIRONMENT}`)) {
    // The values of variables that may be secrets stay as written.
    const hidden = (name: string) =>
      isHarmlessVariable(name) ? null : `%(${OF_ENVIRONMENT}${name})s`;
    const masked = expand(text, withVariables(names, hidden), key);
    const value = masked.ok ? masked.value : text;
    if (value !== expanded.value) scope.shown.set(key, value);
  }
  totals.characters += expanded.value.length;
  if (totals.characters <= MOST_EXPANDED) return expanded.value;
  const most = inMegabytes(MOST_EXPANDED);
  report(
    scope,
    key,
    `all values of the configuration together have more than ${most}`,
    "expansion",
  );
  return null;
}

/** The expanded value or default; null when there is none, or when expansion failed. */
export function readText(scope: Scope, row: OptionRow): string | null {
  const text = rawText(scope, row);
  return text === null ? null : expandIn(scope, row.key, text, `${scope.section.name}.${row.key}`);
}

/** An option above those that it is put over, from the most general to the nearest. */
export function layersOf(option: RawOption | null): readonly RawOption[] {
  const layers: RawOption[] = [];
  for (let each = option ?? undefined; each !== undefined; each = each.under) layers.push(each);
  return layers.reverse();
}

/** The variables of `environment=` over those that the section inherits. After a problem there are none. */
export function readEnvironment(
  scope: Scope,
  { key, default: usual }: { readonly key: string; readonly default: string },
): Readonly<Record<string, string>> {
  const { secretVariables, environmentPlaces } = scope;
  secretVariables.clear();
  environmentPlaces.clear();
  const layers = layersOf(findOption(scope.reading.raw, scope.section.name, key));
  if (layers.length === 0) return readVariables(scope, usual);
  const environment = new Map<string, string>();
  const masked = new Map<string, string>();
  let isMasked = false;
  for (const layer of layers) {
    const shown = new Map<string, string>();
    const at = layers.length === 1 ? scope : { ...scope, inherited: layer, shown };
    const variables = readVariables(at, layer.value);
    const text = shown.get(key);
    const mask = text === undefined ? null : parseEnvironment(text);
    for (const [name, value] of Object.entries(variables)) {
      environment.set(name, value);
      environmentPlaces.set(name, placeText(layer));
      masked.set(name, mask === null ? value : ((mask.ok ? mask.value[name] : null) ?? REDACTED));
    }
    isMasked ||= mask !== null;
  }
  if (isMasked) scope.shown?.set(key, environmentText(Object.fromEntries(masked)));
  return Object.fromEntries(environment);
}

/** Expands `environment=` as one text, and only then splits it into pairs. After a problem there are none. */
function readVariables(scope: Scope, written: string): Readonly<Record<string, string>> {
  const expanded = expandIn(scope, "environment", written, "environment");
  if (expanded === null) return {};
  const environment = parseEnvironment(expanded);
  if (environment.ok) {
    const derived = derivedSecrets(scope, written, environment.value);
    // A variable that a more general template sets, too, is that of this one.
    for (const name of Object.keys(environment.value)) scope.secretVariables.delete(name);
    for (const name of derived) scope.secretVariables.add(name);
    return environment.value;
  }
  // The text has the values, which may be secrets.
  const text = environment.error.replace(/ in value '[\s\S]*$/, " in value (not shown)");
  report(scope, "environment", text);
  return {};
}

/** In place of a secret. Made of characters that the value of a variable may have without quotes. */
const MARK = "(a.secret.variable)";

/**
 * The variables of `environment=` that contain the secret of another one, such as
 * `A="https://u:%(ENV_DB_PASSWORD)s@h/"`: their values change with it.
 * @remarks A secret with quotes or commas may change other variables, too. They count as well.
 */
function derivedSecrets(
  { names, reading }: Scope,
  written: string,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  if (!written.includes(`%(${OF_ENVIRONMENT}`)) return [];
  const marks = (name: string) =>
    isSecretName(name) || reading.secretVariables.has(name) ? MARK : null;
  const others = withVariables(overlay(names, reading.environ), marks);
  const marked = expand(written, others, "environment");
  const parsed = marked.ok ? parseEnvironment(marked.value) : marked;
  const changed: Readonly<Record<string, string>> = parsed.ok ? parsed.value : {};
  return Object.keys(values).filter(
    (name) => !Object.hasOwn(changed, name) || changed[name] !== values[name],
  );
}

/** Whether the default of an option is the same for all sections. */
export function isUsual(row: OptionRow): boolean {
  return row.default?.includes("%") !== true;
}

/** Reads an option. After a problem its default stands in, so that reading can continue. */
export function readOption<R extends OptionRow>(scope: Scope, row: R): ReadValue<R> {
  const { usual } = scope.reading;
  const isAbsent = !isGiven(scope, row);
  if (isAbsent && usual.has(row)) return usual.get(row) as ReadValue<R>;
  const problems = scope.reading.problems.length;
  const value = readValue(scope, row);
  // Without names, it is the same for all.
  const isSame = isUsual(row) && scope.reading.problems.length === problems;
  if (isAbsent && isSame) usual.set(row, value);
  return value;
}

function readValue<R extends OptionRow>(scope: Scope, row: R): ReadValue<R> {
  const text = readText(scope, row);
  if (text === null) return defaultOf(row);
  const value = parseValue<R["kind"]>(row.kind, text, scope.reading.world);
  if (!value.ok) {
    const why = row.invalid === undefined ? value.error : `${row.invalid} ${text}`;
    report(scope, row.key, why, ruleOfOption(scope, row));
    return defaultOf(row);
  }
  const outside = whyOutside(row, value.value);
  if (outside === null) return value.value as ReadValue<R>;
  report(scope, row.key, outside, "out-of-range");
  return defaultOf(row);
}

/** Why a value is out of the bounds of its option; null if it is not, or if only a warning is due. */
function whyOutside({ kind, isOwn, minimum, maximum }: OptionRow, value: unknown): string | null {
  if (typeof value !== "number") return null;
  const shown = (number: number): string => {
    if (kind === "duration") return durationText(number);
    return kind === "size" && number >= 1024 ? sizeText(number) : String(number);
  };
  if (isOwn === true && minimum !== undefined && value < minimum)
    return `must be at least ${shown(minimum)}, not ${shown(value)}`;
  return maximum !== undefined && value > maximum
    ? `must be at most ${shown(maximum)}, not ${shown(value)}`
    : null;
}

/** What a bad value of this option is about. */
function ruleOfOption(scope: Scope, { kind, key }: OptionRow): ConfigRule {
  if (scope.kind === "unix_http_server") return "socket-access";
  if (kind === "user") return "unknown-user";
  if (kind === "logfile" || kind === "path" || key === "childlogdir") return "missing-directory";
  return "value";
}

/** A host without users, directories and files: no default names one. */
export const NOWHERE: ConfigWorld = {
  readText: () => err({ code: "ENOENT", detail: "" }),
  readEnvFile: () => err("ENOENT"),
  exists: () => false,
  isDirectory: () => false,
  isMissing: () => false,
  isNotExecutable: () => false,
  glob: () => err(""),
  findUser: () => null,
  findGroup: () => null,
  cwd: "/",
  home: "",
  tempDir: "",
  hostName: "",
  uid: 0,
  env: {},
};

/** The value of an option that is not given; null where that depends on something else. */
export function defaultOf<R extends OptionRow>(row: R): ReadValue<R> {
  if (row.default === undefined) return null as ReadValue<R>;
  const value = parseValue<R["kind"]>(row.kind, row.default, NOWHERE);
  if (!value.ok) throw new Error(`internal error: default of ${row.key}: ${value.error}`);
  return value.value as ReadValue<R>;
}

/** The same for each option of a table. */
export function defaultsOf<T extends OptionTable>(
  table: T,
): { readonly [F in keyof T]: ReadValue<T[F]> } {
  const values = Object.entries(table).map(([field, row]) => [field, defaultOf(row)]);
  return Object.fromEntries(values) as { readonly [F in keyof T]: ReadValue<T[F]> };
}
