// Parses the command lines of supervisord and supervisorctl: their options, valid values, and Supervisor's error messages.

import { pyRepr, pyReprList } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { DaemonArguments } from "../config/daemon-section.ts";
import { CONFIGS_HERE } from "../config/load.ts";
import { DAEMON } from "../config/options/daemon.ts";
import type { OptionRow } from "../config/options/entry.ts";
import { absolutePath, dirname, joinPath } from "../config/paths.ts";
import type { CtlArguments } from "../config/read.ts";
import type { ValueKind } from "../config/value-types.ts";
import { parseValue } from "../config/values.ts";
import type { ConfigWorld } from "../config/world.ts";
import { callOf } from "./face.ts";
import { getopt, type OptionSpec } from "./getopt.ts";

/** What a command line asks for. The error is the text after `Error: `. */
type CommandLine<A> =
  | { readonly kind: "run"; readonly args: A }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** Where `tsv install` puts the configuration of the host: on Linux, on macOS. */
const INSTALLED = ["/etc/tsv/tsv.conf", "/usr/local/etc/tsv/tsv.conf"];

/**
 * Where a configuration is looked for when none is named. `program` is how the program was called: by a name of
 * Supervisor's its places come first, and `tsv` looks for its own before those of the host's Supervisor.
 * Called as `tsv`, root does not take a file of the working directory: anyone may have put it there.
 */
export function searchPaths(program: string, world: ConfigWorld): readonly string[] {
  const ofHost = ["/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"];
  // Not for root: sudo may keep HOME, and then a user would decide what root runs.
  const isRoot = world.uid === 0;
  const hasHome = !isRoot && world.home !== "";
  const own = [...(hasHome ? [joinPath(world.home, ".config/tsv/tsv.conf")] : []), ...INSTALLED];
  const isTsv = /^tsv( |$)/.test(program.slice(program.lastIndexOf("/") + 1));
  if (isTsv) return [...(isRoot ? [] : CONFIGS_HERE), ...own, ...ofHost];
  const base = dirname(dirname(program));
  const beside = [joinPath(base, "etc/supervisord.conf"), joinPath(base, "supervisord.conf")];
  return [...beside, "supervisord.conf", "etc/supervisord.conf", ...ofHost, ...own];
}

/** The same places with the configuration that `tsv install` has recorded before those where it usually is. */
export function withInstalled(
  paths: readonly string[],
  recorded: string | null,
): readonly string[] {
  const at = paths.findIndex((path) => path === recorded || INSTALLED.includes(path));
  if (recorded === null || paths[at] === recorded) return paths;
  const others = paths.filter((path) => path !== recorded);
  return at < 0 ? [...others, recorded] : [...others.slice(0, at), recorded, ...others.slice(at)];
}

type Option = keyof typeof DAEMON;
/** What an option sets. */
type Name =
  | Option
  | ("configFile" | "serverUrl" | "username" | "password" | "history" | "interactive");

export interface Spec extends OptionSpec {
  /** What it sets; help and version act at once; ignored is accepted for compatibility. */
  readonly sets: Name | "help" | "version" | "ignored";
  /** null for a flag, or for text that is taken as it is. */
  readonly kind: ValueKind | "url" | null;
}

function flag(short: string | null, long: string | null, sets: Spec["sets"]): Spec {
  return { short, long, takesValue: false, sets, kind: null };
}

function value(
  short: string | null,
  long: string,
  sets: Spec["sets"],
  kind: Spec["kind"] = null,
): Spec {
  return { short, long, takesValue: true, sets, kind };
}

const COMMON: readonly Spec[] = [
  flag("h", "help", "help"),
  flag("?", null, "help"),
  value("c", "configuration", "configFile"),
];

function specOf(sets: Option): readonly Spec[] {
  const { key, kind, letter, option = key }: OptionRow = DAEMON[sets];
  if (letter === undefined) return [];
  const short = letter === "" ? null : letter;
  return [kind === "boolean" ? flag(short, option, sets) : value(short, option, sets, kind)];
}

/** The options of supervisord: those of its section that have a letter, and what concerns the command line alone. */
export const DAEMON_SPECS: readonly Spec[] = [
  ...COMMON,
  flag("v", "version", "version"),
  // Supervisor runs under a Python profiler with it; there is none here.
  value(null, "profile_options", "ignored"),
  ...(Object.keys(DAEMON) as Option[]).flatMap(specOf),
];

/** The options of supervisorctl. */
export const CTL_SPECS: readonly Spec[] = [
  ...COMMON,
  flag("i", "interactive", "interactive"),
  value("s", "serverurl", "serverUrl", "url"),
  value("u", "username", "username"),
  value("p", "password", "password"),
  value("r", "history_file", "history"),
];

type Setting = string | number | boolean;
/** What the options of one command line set. */
type Settings = ReadonlyMap<Name, Setting>;

/** Where Python's urlparse would find a scheme and something after it. */
function parseUrl(text: string): Result<string, string> {
  const match = /^[A-Za-z][A-Za-z0-9+.-]*:([^?#]*)/.exec(text);
  const rest = match?.[1] ?? "";
  const hasPlace = rest.replace(/^\/\//, "") !== "";
  return hasPlace ? ok(text) : err(`value ${pyRepr(text)} is not a URL`);
}

function convert(spec: Spec, text: string, world: ConfigWorld): Result<Setting, string> {
  if (!spec.takesValue) return ok(true);
  if (spec.kind === null) return ok(text);
  if (spec.kind === "url") return parseUrl(text);
  const parsed = parseValue(spec.kind, text, world);
  if (!parsed.ok) return parsed;
  // Every kind in the tables above is one of these; the others never come from a command line.
  return typeof parsed.value === "object" ? err(`unexpected ${spec.kind}`) : ok(parsed.value);
}

/**
 * Parses words from left to right; help and version end the reading where they are.
 * @param argv the program as it was called (its directory is searched for a configuration), then the words
 */
function parseWords<A>(
  [program = "", ...words]: readonly string[],
  specs: readonly Spec[],
  world: ConfigWorld,
  argumentsOf: (settings: Settings, positionals: readonly string[], places: readonly string[]) => A,
): Result<CommandLine<A>, string> {
  const parsed = getopt(words, specs);
  if (!parsed.ok) return parsed;
  const { options, positionals } = parsed.value;
  if (positionals.length > 0 && specs === DAEMON_SPECS) {
    return err(`positional arguments are not supported: ${pyReprList(positionals)}`);
  }
  const settings = new Map<Name, Setting>();
  for (const { spec, name, value: text } of options) {
    if (spec.sets === "help" || spec.sets === "version") return ok({ kind: spec.sets });
    const setting = convert(spec, text, world);
    if (!setting.ok) return err(`invalid value for ${name} ${pyRepr(text)}: ${setting.error}`);
    if (spec.sets === "ignored") continue;
    if (settings.has(spec.sets)) return err(`conflicting command line option ${pyRepr(name)}`);
    settings.set(spec.sets, setting.value);
  }
  const args = argumentsOf(settings, positionals, searchPaths(program, world));
  return ok({ kind: "run", args });
}

/** A text that was given, or null. */
function textOf(settings: Settings, name: Name): string | null {
  const setting = settings.get(name);
  return typeof setting === "string" ? setting : null;
}

/** The options of [supervisord] that were given. An empty path counts as absent. */
function overridesOf(settings: Settings): DaemonArguments["overrides"] {
  const given = Array.from(settings).filter(([name, value]) => {
    const row: OptionRow | undefined = name in DAEMON ? DAEMON[name as Option] : undefined;
    return row !== undefined && !(row.kind === "path" && value === "");
  });
  return Object.fromEntries(given);
}

/** Parses a command line of supervisord. @param argv as for `parseWords` */
export function parseDaemonArguments(
  argv: readonly string[],
  world: ConfigWorld,
): Result<CommandLine<DaemonArguments>, string> {
  return parseWords(argv, DAEMON_SPECS, world, (settings, _, places) => ({
    configFile: textOf(settings, "configFile"),
    searchPaths: places,
    overrides: overridesOf(settings),
  }));
}

/** Parses a command line of supervisorctl; `argv` as for the daemon. */
export function parseCtlArguments(
  argv: readonly string[],
  world: ConfigWorld,
): Result<CommandLine<CtlArguments>, string> {
  return parseWords(argv, CTL_SPECS, world, (settings, words, places) => ({
    configFile: textOf(settings, "configFile"),
    searchPaths: places,
    interactive: settings.has("interactive") || words.length === 0,
    serverUrl: textOf(settings, "serverUrl"),
    username: textOf(settings, "username"),
    password: textOf(settings, "password"),
    historyFile: textOf(settings, "history"),
    words,
  }));
}

/**
 * The file that the command line of a process names, absolute.
 * @param cwd its working directory
 * @returns null if it names none, or if the process is no daemon
 */
export function configOfDaemon(
  words: readonly string[],
  cwd: string,
  world: ConfigWorld,
): string | null {
  const [argv0 = "", ...args] = words;
  const call = callOf(argv0, args);
  if (call.face !== "supervisord") return null;
  const parsed = parseDaemonArguments([call.program, ...call.args], world);
  if (!parsed.ok || parsed.value.kind !== "run") return null;
  const { configFile } = parsed.value.args;
  return configFile === null ? null : absolutePath(configFile, cwd);
}
