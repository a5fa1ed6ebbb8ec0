// The command lines of supervisord and supervisorctl: which options there are, what their values must be, and
// Supervisor's words for what is wrong with them.

import { pyRepr, pyReprList } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { maskBits } from "./daemon-section.ts";
import { type FoundOption, getopt, type OptionSpec } from "./getopt.ts";
import type { LogLevel } from "./model.ts";
import { dirname, joinPath } from "./paths.ts";
import { parseValue, type ValueKind } from "./values.ts";
import type { ConfigWorld } from "./world.ts";

/** What the command line sets over the configuration file; a flag can only switch on. */
export interface DaemonOverrides {
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly nocleanup: boolean;
  readonly stripAnsi: boolean;
  readonly user: string | null;
  readonly umask: number | null;
  readonly directory: string | null;
  readonly logfile: string | null;
  readonly logfileMaxBytes: number | null;
  readonly logfileBackups: number | null;
  readonly logLevel: LogLevel | null;
  readonly pidfile: string | null;
  readonly identifier: string | null;
  readonly childLogDir: string | null;
  readonly minfds: number | null;
  readonly minprocs: number | null;
}

/** A command line of supervisord, read. */
export interface DaemonArguments {
  /** `-c` verbatim, or null to search. */
  readonly configFile: string | null;
  readonly searchPaths: readonly string[];
  readonly overrides: DaemonOverrides;
}

/** A command line of supervisorctl, read. */
export interface CtlArguments {
  readonly configFile: string | null;
  readonly searchPaths: readonly string[];
  readonly interactive: boolean;
  readonly serverUrl: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly historyFile: string | null;
  /** The action and its arguments; empty for the shell. */
  readonly words: readonly string[];
}

/** What a command line asks for. The error is the text after `Error: `. */
export type CommandLine<A> =
  | { readonly kind: "run"; readonly args: A }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

type Name =
  | keyof DaemonOverrides
  | "configFile"
  | "serverUrl"
  | "username"
  | "password"
  | "history"
  | "interactive";

interface Spec extends OptionSpec {
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

const DAEMON: readonly Spec[] = [
  ...COMMON,
  flag("v", "version", "version"),
  flag("n", "nodaemon", "nodaemon"),
  value("u", "user", "user"),
  value("m", "umask", "umask", "octal"),
  value("d", "directory", "directory", "directory"),
  value("l", "logfile", "logfile", "path"),
  value("y", "logfile_maxbytes", "logfileMaxBytes", "byte size"),
  value("z", "logfile_backups", "logfileBackups", "integer"),
  value("e", "loglevel", "logLevel", "log level"),
  value("j", "pidfile", "pidfile", "path"),
  value("i", "identifier", "identifier"),
  value("q", "childlogdir", "childLogDir", "directory"),
  value("a", "minfds", "minfds", "integer"),
  value(null, "minprocs", "minprocs", "integer"),
  flag("k", "nocleanup", "nocleanup"),
  flag("t", "strip_ansi", "stripAnsi"),
  // Supervisor runs under a Python profiler with it; there is none here.
  value(null, "profile_options", "ignored"),
  flag("s", "silent", "silent"),
];

const CTL: readonly Spec[] = [
  ...COMMON,
  flag("i", "interactive", "interactive"),
  value("s", "serverurl", "serverUrl", "url"),
  value("u", "username", "username"),
  value("p", "password", "password"),
  value("r", "history_file", "history"),
];

type Setting = string | number | boolean;
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

/** Goes through the options from left to right; help and version end the reading where they stand. */
function collect(
  options: readonly FoundOption<Spec>[],
  world: ConfigWorld,
): Result<Settings | "help" | "version", string> {
  const settings = new Map<Name, Setting>();
  for (const { spec, name, value: text } of options) {
    if (spec.sets === "help" || spec.sets === "version") return ok(spec.sets);
    const setting = convert(spec, text, world);
    if (!setting.ok) return err(`invalid value for ${name} ${pyRepr(text)}: ${setting.error}`);
    if (spec.sets === "ignored") continue;
    if (settings.has(spec.sets)) return err(`conflicting command line option ${pyRepr(name)}`);
    settings.set(spec.sets, setting.value);
  }
  return ok(settings);
}

function textSetting(settings: Settings, name: Name): string | null {
  const setting = settings.get(name);
  return typeof setting === "string" ? setting : null;
}

function numberSetting(settings: Settings, name: Name): number | null {
  const setting = settings.get(name);
  return typeof setting === "number" ? setting : null;
}

/** Where a configuration is looked for when none is named. `program` is how the program was called. */
export function searchPaths(program: string): readonly string[] {
  const base = dirname(dirname(program));
  return [
    joinPath(base, "etc/supervisord.conf"),
    joinPath(base, "supervisord.conf"),
    "supervisord.conf",
    "etc/supervisord.conf",
    "/etc/supervisord.conf",
    "/etc/supervisor/supervisord.conf",
  ];
}

const LEVELS = new Set<string>(["CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"]);

function isLogLevel(text: string | null): text is LogLevel {
  return text !== null && LEVELS.has(text);
}

function overridesOf(settings: Settings): DaemonOverrides {
  const umask = numberSetting(settings, "umask");
  const logLevel = textSetting(settings, "logLevel");
  return {
    nodaemon: settings.has("nodaemon"),
    silent: settings.has("silent"),
    nocleanup: settings.has("nocleanup"),
    stripAnsi: settings.has("stripAnsi"),
    user: textSetting(settings, "user"),
    umask: umask === null ? null : maskBits(umask),
    directory: textSetting(settings, "directory"),
    logfile: textSetting(settings, "logfile"),
    logfileMaxBytes: numberSetting(settings, "logfileMaxBytes"),
    logfileBackups: numberSetting(settings, "logfileBackups"),
    logLevel: isLogLevel(logLevel) ? logLevel : null,
    pidfile: textSetting(settings, "pidfile"),
    identifier: textSetting(settings, "identifier"),
    childLogDir: textSetting(settings, "childLogDir"),
    minfds: numberSetting(settings, "minfds"),
    minprocs: numberSetting(settings, "minprocs"),
  };
}

/**
 * Reads a command line of supervisord.
 * @param argv the program as it was called (its directory is searched for a configuration), then the words
 */
export function parseDaemonArguments(
  argv: readonly string[],
  world: ConfigWorld,
): Result<CommandLine<DaemonArguments>, string> {
  const parsed = getopt(argv.slice(1), DAEMON);
  if (!parsed.ok) return parsed;
  const { options, positionals } = parsed.value;
  if (positionals.length > 0) {
    return err(`positional arguments are not supported: ${pyReprList(positionals)}`);
  }
  const settings = collect(options, world);
  if (!settings.ok) return settings;
  if (settings.value === "help" || settings.value === "version")
    return ok({ kind: settings.value });
  const args = {
    configFile: textSetting(settings.value, "configFile"),
    searchPaths: searchPaths(argv[0] ?? ""),
    overrides: overridesOf(settings.value),
  };
  return ok({ kind: "run", args });
}

/** Reads a command line of supervisorctl; `argv` as for the daemon. */
export function parseCtlArguments(
  argv: readonly string[],
  world: ConfigWorld,
): Result<CommandLine<CtlArguments>, string> {
  const parsed = getopt(argv.slice(1), CTL);
  if (!parsed.ok) return parsed;
  const { options, positionals } = parsed.value;
  const settings = collect(options, world);
  if (!settings.ok) return settings;
  if (settings.value === "help" || settings.value === "version")
    return ok({ kind: settings.value });
  const args = {
    configFile: textSetting(settings.value, "configFile"),
    searchPaths: searchPaths(argv[0] ?? ""),
    interactive: settings.value.has("interactive") || positionals.length === 0,
    serverUrl: textSetting(settings.value, "serverUrl"),
    username: textSetting(settings.value, "username"),
    password: textSetting(settings.value, "password"),
    historyFile: textSetting(settings.value, "history"),
    words: positionals,
  };
  return ok({ kind: "run", args });
}
