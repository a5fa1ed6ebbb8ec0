// One parser for each kind of value that an option can have, with Supervisor's error texts (datatypes.py).

import { alternatives } from "../base/printable.ts";
import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { LineTime, LogFormat } from "../logs/line-styles.ts";
import { parseSignal } from "../process/signals.ts";
import { parseSchedule } from "../schedules/schedule.ts";
import { parseAlertKinds, parseHours, parseMailAddresses } from "./alert-values.ts";
import { parseCountOrMax, parseCpuQuota, parseSizeOrMax } from "./cgroup-limits.ts";
import { parseCheck, parseHealthAction, parseHealthCheck } from "./check-target.ts";
import { CONDITIONS, meantCondition } from "./dependency-words.ts";
import { dirname, expandUser, resolvePath } from "./paths.ts";
import { parseEnvironment } from "./posix-lexer.ts";
import {
  parseCapabilities,
  parseCpus,
  parseIoPriority,
  parseLimit,
  parseSizeLimit,
} from "./program-limits.ts";
import { strip } from "./py-text.ts";
import {
  parseDuration,
  parseFraction,
  parseInteger,
  parseLineRate,
  parseOctal,
  parseRate,
  parseSize,
} from "./quantities.ts";
import { parseSockets } from "./sockets.ts";
import {
  type AddressValue,
  type Autorestart,
  CHOICES,
  type Choice,
  type ChoiceTypes,
  type Dependency,
  type EnvFileValue,
  type LogfileValue,
  type LogLevel,
  type OutputTarget,
  type OwnerValue,
  type ValueKind,
  type ValueTypes,
} from "./value-types.ts";
import type { ConfigWorld } from "./world.ts";

type Parser<K extends ValueKind> = (
  text: string,
  world: ConfigWorld,
) => Result<ValueTypes[K], string>;

const TRUE = new Set(["yes", "true", "on", "1"]);
const FALSE = new Set(["no", "false", "off", "0"]);

function parseBoolean(text: string): Result<boolean, string> {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return ok(true);
  return FALSE.has(lower) ? ok(false) : err(`not a valid boolean value: ${pyRepr(text)}`);
}

function parseAutorestart(text: string): Result<Autorestart, string> {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return ok("always");
  if (FALSE.has(lower)) return ok("never");
  return lower === "unexpected"
    ? ok("unexpected")
    : err(`invalid 'autorestart' value ${pyRepr(lower)}`);
}

function choiceParser(kind: Choice): (text: string) => Result<string, string> {
  const words: readonly string[] = CHOICES[kind];
  return (text) => {
    const lower = text.toLowerCase();
    return words.includes(lower)
      ? ok(lower)
      : err(`not a valid ${kind}: ${pyRepr(text)}: it is ${alternatives(words)}`);
  };
}

const LOG_LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ["critical", "CRIT"],
  ["error", "ERRO"],
  ["warn", "WARN"],
  ["info", "INFO"],
  ["debug", "DEBG"],
  ["trace", "TRAC"],
  ["blather", "BLAT"],
]);

function parseLogLevel(text: string): Result<LogLevel, string> {
  const level = LOG_LEVELS.get(text.toLowerCase());
  return level === undefined ? err(`bad logging level name ${pyRepr(text)}`) : ok(level);
}

function parseExitCodes(text: string): Result<readonly number[], string> {
  const codes: number[] = [];
  for (const part of text === "" ? [] : text.split(",")) {
    const code = parseInteger(part);
    if (!code.ok || code.value < 0 || code.value > 255) {
      return err(`not a valid list of exit codes: ${pyRepr(text)}`);
    }
    codes.push(code.value);
  }
  return ok(codes);
}

function parseList(text: string): Result<readonly string[], string> {
  return ok(text === "" ? [] : text.split(",").map(strip));
}

/** Items separated by commas, or one in each line. */
function itemsOf(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map(strip)
    .filter((item) => item !== "");
}

function parseAbsolutePaths(text: string): Result<readonly string[], string> {
  const paths = itemsOf(text);
  const relative = paths.find((path) => !path.startsWith("/"));
  return relative === undefined ? ok(paths) : err(`not an absolute path: ${pyRepr(relative)}`);
}

/** `/etc/a.env, ?b.env`, or one in each line. They need not exist: they are read at each start. */
export function parseEnvFiles(
  text: string,
  world: ConfigWorld,
): Result<readonly EnvFileValue[], string> {
  const files: EnvFileValue[] = [];
  for (const item of itemsOf(text)) {
    const isOptional = item.startsWith("?");
    const path = isOptional ? strip(item.slice(1)) : item;
    if (path === "" || path.includes("\0")) {
      return err(`not a valid list of files: ${pyRepr(text)}: write /etc/a.env, ?/etc/b.env`);
    }
    files.push({ path: resolvePath(path, world), isOptional });
  }
  return ok(files);
}

/** `PATH,LC_*`: names in which `*` is any text and `?` any character. No name passes nothing. */
function parseVariablePatterns(text: string): Result<readonly string[], string> {
  const patterns = itemsOf(text);
  const bad = patterns.find((pattern) => /[\s="'$]/.test(pattern));
  return bad === undefined
    ? ok(patterns)
    : err(`not the name of a variable: ${pyRepr(bad)}: write PATH,LC_*`);
}

function parseFileMode(text: string): Result<number, string> {
  const mode = parseOctal(text);
  if (mode.ok && mode.value >= 0 && mode.value <= 0o777) return mode;
  return err(`not the mode of a file: ${pyRepr(text)}: it is octal, 0 to 0777`);
}

/** A path whose directory, if it names one, exists now. */
function parseExistingDirpath(text: string, world: ConfigWorld): Result<string, string> {
  const path = expandUser(text, world);
  const directory = dirname(path);
  if (directory === "" || world.isDirectory(directory)) return ok(path);
  return err(`The directory named as part of the path ${text} does not exist`);
}

const TARGETS: readonly OutputTarget[] = [
  { kind: "stdout" },
  { kind: "stderr" },
  { kind: "journal" },
];

/** `@stdout` and its like; null for anything else. @param lower a value in lower case */
export function outputTarget(lower: string): OutputTarget | null {
  return TARGETS.find(({ kind }) => lower === `@${kind}`) ?? null;
}

/** Whether the logs of a program hold other bytes than it wrote. */
export function isOutputFormatted(format: LogFormat, time: LineTime | null): boolean {
  return format !== "raw" || (time !== null && time !== "none");
}

/** @param makesDirectory a missing directory is made when the log is opened */
export function parseLogfile(
  text: string,
  world: ConfigWorld,
  makesDirectory = false,
): Result<LogfileValue, string> {
  const lower = text.toLowerCase();
  if (lower === "none" || lower === "off" || lower === "") return ok({ kind: "none" });
  if (lower === "auto" || lower === "syslog") return ok({ kind: lower });
  const target = outputTarget(lower);
  if (target !== null) return ok(target);
  const path = makesDirectory ? ok(expandUser(text, world)) : parseExistingDirpath(text, world);
  return path.ok ? ok({ kind: "file", path: path.value }) : path;
}

function parseDirectory(text: string, world: ConfigWorld): Result<string, string> {
  const path = expandUser(text, world);
  return world.isDirectory(path) ? ok(path) : err(`${text} is not an existing directory`);
}

/** The number of a user or group, which is given by name or number. */
function parseAccount(
  what: "user" | "group",
  text: string,
  find: (nameOrNumber: string | number) => number | undefined,
): Result<number, string> {
  const number = parseInteger(text);
  const found = find(number.ok ? number.value : text);
  return found === undefined
    ? err(`Invalid ${what} ${number.ok ? "id" : "name"} ${text}`)
    : ok(found);
}

function parseUser(text: string, world: ConfigWorld): Result<number, string> {
  return parseAccount("user", text, (name) => world.findUser(name)?.uid);
}

function parseGroup(text: string, world: ConfigWorld): Result<number, string> {
  return parseAccount("group", text, (name) => world.findGroup(name)?.gid);
}

function parseOwner(text: string, world: ConfigWorld): Result<OwnerValue, string> {
  const [user = "", ...rest] = text.split(":");
  const uid = parseUser(user, world);
  if (!uid.ok) return uid;
  if (rest.length === 0) return ok({ uid: uid.value, gid: -1, text });
  const gid = parseGroup(rest.join(":"), world);
  return gid.ok ? ok({ uid: uid.value, gid: gid.value, text }) : gid;
}

/** A TCP port, 1 to 65535. */
export function parsePort(text: string): Result<number, string> {
  const port = parseInteger(text);
  if (!port.ok) return port;
  if (port.value < 1) return err(`${port.value} is below lower bound (1)`);
  return port.value > 0xffff ? err(`${port.value} is above upper bound (65535)`) : port;
}

function parseAddress(text: string): Result<AddressValue, string> {
  const colon = text.lastIndexOf(":");
  const written = text.slice(0, Math.max(colon, 0)).toLowerCase();
  const host = /^\[(.*:.*)\]$/.exec(written)?.[1] ?? written;
  const after = text.slice(colon + 1);
  if (colon >= 0 && after === "") return err("no port number specified in ''");
  const port = parsePort(after);
  if (port.ok) return ok({ host: host === "*" ? "" : host, port: port.value });
  return colon < 0 ? err(`not a valid port number: ${pyRepr(text)} `) : port;
}

/** The name of a process or group: characters that namespecs and URLs use are not allowed. */
export function parseName(text: string): Result<string, string> {
  const name = strip(text);
  for (const character of [" ", ":", "/"]) {
    if (name.includes(character)) {
      return err(`Invalid name: ${pyRepr(text)} because of character: ${pyRepr(character)}`);
    }
  }
  return ok(name);
}

/**
 * NAME[:CONDITION], separated by commas. A name may contain a colon itself (`group:process`), so
 * the last part is a condition if it is one of their words, else a part of the name. The error
 * quotes the item that is wrong.
 */
function parseDependencies(text: string): Result<readonly Dependency[], string> {
  const found: Dependency[] = [];
  for (const item of text === "" ? [] : text.split(",").map(strip)) {
    const dependency = parseDependency(item);
    if (dependency === null) {
      const meant = meantDependency(item);
      const how = meant === null ? "" : `: write ${meant}`;
      return err(`${pyRepr(item)} is not NAME[:CONDITION], with ${CONDITIONS.join(", ")}${how}`);
    }
    found.push(dependency);
  }
  return ok(found);
}

function parseDependency(item: string): Dependency | null {
  const parts = item.split(":");
  const last = parts.at(-1);
  const condition = CONDITIONS.find((each) => parts.length > 1 && each === last);
  const name = condition === undefined ? parts : parts.slice(0, -1);
  if (name.length > 2 || name.some((part) => part === "" || /[\s/]/.test(part))) return null;
  return { name: name.join(":"), condition: condition ?? "running" };
}

/** `db (healthy)`, `db condition=service_healthy`, `db cache`, `db:`; null if it cannot be guessed. */
function meantDependency(item: string): string | null {
  const bare = item.replace(/[\s:=]+$/, "");
  if (bare !== item && parseDependency(bare) !== null) return bare;
  const [, name = "", word = ""] =
    /^([^\s()=]+?)[\s:=(]+(?:condition[\s:=]+)?([\w-]+)\)?$/.exec(item) ?? [];
  const condition = meantCondition(word);
  const meant = `${name}:${condition ?? ""}`;
  if (condition !== null && meant !== item && parseDependency(meant) !== null) return meant;
  const words = item.split(/\s+/);
  const isList = words.length > 1 && words.every((each) => parseDependency(each) !== null);
  return isList ? words.join(", ") : null;
}

const CHOICE_PARSERS = Object.fromEntries(
  (Object.keys(CHOICES) as Choice[]).map((kind) => [kind, choiceParser(kind)]),
) as unknown as { readonly [K in Choice]: (text: string) => Result<ChoiceTypes[K], string> };

const PARSERS: { readonly [K in ValueKind]: Parser<K> } = {
  ...CHOICE_PARSERS,
  string: ok,
  integer: parseInteger,
  boolean: parseBoolean,
  size: parseSize,
  octal: parseOctal,
  "log level": parseLogLevel,
  signal: parseSignal,
  "exit codes": parseExitCodes,
  list: parseList,
  "absolute paths": parseAbsolutePaths,
  autorestart: parseAutorestart,
  logfile: parseLogfile,
  path: parseExistingDirpath,
  directory: parseDirectory,
  user: parseUser,
  group: parseGroup,
  "user and group": parseOwner,
  address: parseAddress,
  name: parseName,
  environment: parseEnvironment,
  "env files": parseEnvFiles,
  "variable patterns": parseVariablePatterns,
  dependencies: parseDependencies,
  duration: parseDuration,
  fraction: parseFraction,
  rate: parseRate,
  check: parseCheck,
  "health check": parseHealthCheck,
  "health action": parseHealthAction,
  schedule: parseSchedule,
  "line rate": parseLineRate,
  "file mode": parseFileMode,
  limit: parseLimit,
  "size limit": parseSizeLimit,
  "io priority": parseIoPriority,
  cpus: parseCpus,
  capabilities: parseCapabilities,
  "size or max": parseSizeOrMax,
  "count or max": parseCountOrMax,
  "cpu quota": parseCpuQuota,
  sockets: parseSockets,
  "alert kinds": parseAlertKinds,
  hours: parseHours,
  "mail addresses": parseMailAddresses,
};

/** Reads `text` as a value of `kind`. The error is Supervisor's, without the place. */
export function parseValue<K extends ValueKind>(
  kind: K,
  text: string,
  world: ConfigWorld,
): Result<ValueTypes[K], string> {
  return PARSERS[kind](text, world);
}

/** Mask bits only: Supervisor passes nonsense such as a negative mask on to the kernel, which does this. */
export function maskBits(umask: number): number {
  return umask & 0o777;
}
