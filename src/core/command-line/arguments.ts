// Parses the command lines of supervisord and supervisorctl: their options, valid values, and Supervisor's error messages.

import { pyReprList } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { type CtlArguments, type DaemonArguments, overridesOf } from "../config/overrides.ts";
import { dirname, joinPath } from "../config/paths.ts";
import type { ConfigWorld } from "../config/world.ts";
import { CTL, collect, DAEMON, textSetting } from "./argument-specs.ts";
import { getopt } from "./getopt.ts";

/** What a command line asks for. The error is the text after `Error: `. */
type CommandLine<A> =
  | { readonly kind: "run"; readonly args: A }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** Where `tsv install` puts the configuration of the host: on Linux, on macOS. */
const INSTALLED = ["/etc/tsv/tsv.conf", "/usr/local/etc/tsv/tsv.conf"];

/**
 * Where a configuration is looked for when none is named. `program` is how the program was called: by a name of
 * Supervisor's its places come first, and `tsv` looks for its own before those of the host's Supervisor. A file in the
 * working directory of root is not looked for: anyone may have put it there.
 */
export function searchPaths(program: string, world: ConfigWorld): readonly string[] {
  const base = dirname(dirname(program));
  const near = [
    joinPath(base, "etc/supervisord.conf"),
    joinPath(base, "supervisord.conf"),
    "supervisord.conf",
    "etc/supervisord.conf",
  ];
  const ofHost = ["/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"];
  // Not for root: sudo may keep HOME, and then a user would say what root runs.
  const isPerson = world.uid !== 0 && world.home !== "";
  const own = [...(isPerson ? [joinPath(world.home, ".config/tsv/tsv.conf")] : []), ...INSTALLED];
  const isTsv = /^tsv( |$)/.test(program.slice(program.lastIndexOf("/") + 1));
  if (!isTsv) return [...near, ...ofHost, ...own];
  const here = isPerson ? ["tsv.conf"] : [];
  return [...new Set([...near.map(plainPath), ...here, ...own, ...ofHost])];
}

/** Without the `./` of a program that was found along $PATH. */
function plainPath(path: string): string {
  return path.replace(/^(?:\.\/)+/, "");
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
    searchPaths: searchPaths(argv[0] ?? "", world),
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
    searchPaths: searchPaths(argv[0] ?? "", world),
    interactive: settings.value.has("interactive") || positionals.length === 0,
    serverUrl: textSetting(settings.value, "serverUrl"),
    username: textSetting(settings.value, "username"),
    password: textSetting(settings.value, "password"),
    historyFile: textSetting(settings.value, "history"),
    words: positionals,
  };
  return ok({ kind: "run", args });
}
