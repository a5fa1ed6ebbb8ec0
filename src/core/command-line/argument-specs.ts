// Tables of the options of the two command lines, and the readers of their values.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { DAEMON as DAEMON_OPTIONS } from "../config/options/daemon.ts";
import type { OptionRow } from "../config/options/entry.ts";
import type { ValueKind } from "../config/value-types.ts";
import { parseValue } from "../config/values.ts";
import type { ConfigWorld } from "../config/world.ts";
import type { FoundOption, OptionSpec } from "./getopt.ts";

/** What an option sets. */
type Name =
  | keyof typeof DAEMON_OPTIONS
  | "configFile"
  | "serverUrl"
  | "username"
  | "password"
  | "history"
  | "interactive";

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

function specOf(sets: keyof typeof DAEMON_OPTIONS): readonly Spec[] {
  const { key, kind, letter, option = key }: OptionRow = DAEMON_OPTIONS[sets];
  if (letter === undefined) return [];
  const short = letter === "" ? null : letter;
  return [kind === "boolean" ? flag(short, option, sets) : value(short, option, sets, kind)];
}

/** The options of supervisord: those of its section that have a letter, and what concerns the command line alone. */
export const DAEMON: readonly Spec[] = [
  ...COMMON,
  flag("v", "version", "version"),
  // Supervisor runs under a Python profiler with it; there is none here.
  value(null, "profile_options", "ignored"),
  ...(Object.keys(DAEMON_OPTIONS) as (keyof typeof DAEMON_OPTIONS)[]).flatMap(specOf),
];

/** The options of supervisorctl. */
export const CTL: readonly Spec[] = [
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

/** Goes through the options from left to right; help and version end the reading where they stand. */
export function collect(
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

/** A setting of that type, or null. */
export function textSetting(settings: Settings, name: Name): string | null {
  const setting = settings.get(name);
  return typeof setting === "string" ? setting : null;
}
