// One parser for each kind of value that an option can have, with Supervisor's error texts (datatypes.py).

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { parseSignal } from "../process/signals.ts";
import { parseSchedule } from "../schedules/parse-schedule.ts";
import { parseCheck } from "./check-target.ts";
import { parseDependencies } from "./dependency-list.ts";
import { parseDuration, parseFraction, parseLineRate, parseRate } from "./durations.ts";
import { parseEnvFiles, parseVariablePatterns } from "./env-sources.ts";
import { parseEnvironment } from "./environment.ts";
import { parseCount, parseHealthAction, parseMemoryLimit } from "./health-values.ts";
import { parseInteger, parseOctal } from "./integer.ts";
import { outputTarget, parseLogFormat, parseLogTimestamp } from "./output-values.ts";
import { dirname, expandUser } from "./paths.ts";
import { strip } from "./py-text.ts";
import type {
  AddressValue,
  Autorestart,
  Backoff,
  CatchUp,
  Compression,
  ExitRule,
  LogfileValue,
  LogLevel,
  OrphanPolicy,
  Overlap,
  OwnerValue,
  ProgramType,
  RotationPeriod,
  ValueKind,
  ValueTypes,
} from "./value-types.ts";
import type { ConfigWorld } from "./world.ts";

type Parsers = {
  readonly [K in ValueKind]: (text: string, world: ConfigWorld) => Result<ValueTypes[K], string>;
};

const TRUE = new Set(["yes", "true", "on", "1"]);
const FALSE = new Set(["no", "false", "off", "0"]);

function parseBoolean(text: string): Result<boolean, string> {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return ok(true);
  return FALSE.has(lower) ? ok(false) : err(`not a valid boolean value: ${pyRepr(text)}`);
}

const FACTORS: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

function parseByteSize(text: string): Result<number, string> {
  const lower = text.toLowerCase();
  const factor = FACTORS[lower.slice(-2)];
  const number = parseInteger(factor === undefined ? lower : lower.slice(0, -2));
  return number.ok ? ok(number.value * (factor ?? 1)) : number;
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

/** Separated by commas, or one in each line. */
function parseAbsolutePaths(text: string): Result<readonly string[], string> {
  const paths = text
    .split(/[,\n]/)
    .map(strip)
    .filter((path) => path !== "");
  const relative = paths.find((path) => !path.startsWith("/"));
  return relative === undefined ? ok(paths) : err(`not an absolute path: ${pyRepr(relative)}`);
}

function parseAutorestart(text: string): Result<Autorestart, string> {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return ok("always");
  if (FALSE.has(lower)) return ok("never");
  return lower === "unexpected"
    ? ok("unexpected")
    : err(`invalid 'autorestart' value ${pyRepr(lower)}`);
}

function parseOrphanPolicy(text: string): Result<OrphanPolicy, string> {
  const lower = text.toLowerCase();
  return lower === "warn" || lower === "stop"
    ? ok(lower)
    : err(`invalid 'orphans' value ${pyRepr(text)}: it is warn or stop`);
}

/** What exit_on may be. */
export const EXIT_RULES: readonly ExitRule[] = ["never", "fatal", "exit", "any", "all"];

function parseExitRule(text: string): Result<ExitRule, string> {
  const lower = text.toLowerCase();
  const rule = EXIT_RULES.find((each) => each === lower);
  return rule === undefined
    ? err(`invalid 'exit_on' value ${pyRepr(text)}: it is never, fatal, exit, any or all`)
    : ok(rule);
}

function parseBackoff(text: string): Result<Backoff, string> {
  const lower = text.toLowerCase();
  return lower === "constant" || lower === "linear" || lower === "exponential"
    ? ok(lower)
    : err(`invalid 'restart_backoff' value ${pyRepr(text)}: it is constant, linear or exponential`);
}

function parseOverlap(text: string): Result<Overlap, string> {
  const lower = text.toLowerCase();
  return lower === "skip" || lower === "queue" || lower === "restart"
    ? ok(lower)
    : err(`invalid 'overlap' value ${pyRepr(text)}: it is skip, queue or restart`);
}

function parseCatchUp(text: string): Result<CatchUp, string> {
  const lower = text.toLowerCase();
  return lower === "none" || lower === "once"
    ? ok(lower)
    : err(`invalid 'catch_up' value ${pyRepr(text)}: it is none or once`);
}

function parseRotationPeriod(text: string): Result<RotationPeriod, string> {
  const lower = text.toLowerCase();
  return lower === "hourly" || lower === "daily" || lower === "weekly" || lower === "monthly"
    ? ok(lower)
    : err(`no period of rotation: ${pyRepr(text)}: it is hourly, daily, weekly or monthly`);
}

function parseCompression(text: string): Result<Compression, string> {
  const lower = text.toLowerCase();
  return lower === "none" || lower === "gzip" || lower === "zstd"
    ? ok(lower)
    : err(`no kind of compression: ${pyRepr(text)}: it is gzip, zstd or none`);
}

function parseFileMode(text: string): Result<number, string> {
  const mode = parseOctal(text);
  if (mode.ok && mode.value >= 0 && mode.value <= 0o777) return mode;
  return err(`not the mode of a file: ${pyRepr(text)}: it is octal, 0 to 0777`);
}

function parseProgramType(text: string): Result<ProgramType, string> {
  const lower = text.toLowerCase();
  return lower === "simple" || lower === "oneshot"
    ? ok(lower)
    : err(`invalid 'type' value ${pyRepr(text)}: it is simple or oneshot`);
}

/** A path whose directory, if it names one, exists now. */
function parseExistingDirpath(text: string, world: ConfigWorld): Result<string, string> {
  const path = expandUser(text, world);
  const directory = dirname(path);
  if (directory === "" || world.isDirectory(directory)) return ok(path);
  return err(`The directory named as part of the path ${text} does not exist`);
}

function parseLogfile(text: string, world: ConfigWorld): Result<LogfileValue, string> {
  return logfileOf(text, world, parseExistingDirpath);
}

/** A log whose directory is made when it is missing. */
export function parseMadeLogfile(text: string, world: ConfigWorld): Result<LogfileValue, string> {
  return logfileOf(text, world, (path) => ok(expandUser(path, world)));
}

function logfileOf(
  text: string,
  world: ConfigWorld,
  pathOf: (text: string, world: ConfigWorld) => Result<string, string>,
): Result<LogfileValue, string> {
  const lower = text.toLowerCase();
  if (lower === "none" || lower === "off" || lower === "") return ok({ kind: "none" });
  if (lower === "auto") return ok({ kind: "auto" });
  if (lower === "syslog") return ok({ kind: "syslog" });
  const target = outputTarget(lower);
  if (target !== null) return ok(target);
  const path = pathOf(text, world);
  return path.ok ? ok({ kind: "file", path: path.value }) : path;
}

function parseDirectory(text: string, world: ConfigWorld): Result<string, string> {
  const path = expandUser(text, world);
  return world.isDirectory(path) ? ok(path) : err(`${text} is not an existing directory`);
}

function parseUser(text: string, world: ConfigWorld): Result<number, string> {
  const uid = parseInteger(text);
  if (uid.ok) return world.findUser(uid.value) === null ? err(`Invalid user id ${text}`) : uid;
  const user = world.findUser(text);
  return user === null ? err(`Invalid user name ${text}`) : ok(user.uid);
}

function parseGroup(text: string, world: ConfigWorld): Result<number, string> {
  const gid = parseInteger(text);
  if (gid.ok) return world.findGroup(gid.value) === null ? err(`Invalid group id ${text}`) : gid;
  const group = world.findGroup(text);
  return group === null ? err(`Invalid group name ${text}`) : ok(group.gid);
}

function parseOwner(text: string, world: ConfigWorld): Result<OwnerValue, string> {
  const colon = text.indexOf(":");
  const user = parseUser(colon < 0 ? text : text.slice(0, colon), world);
  if (!user.ok) return user;
  if (colon < 0) return ok({ uid: user.value, gid: -1 });
  const group = parseGroup(text.slice(colon + 1), world);
  return group.ok ? ok({ uid: user.value, gid: group.value }) : group;
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
  const host = text.slice(0, Math.max(colon, 0)).toLowerCase();
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

const PARSERS: Parsers = {
  string: ok,
  integer: parseInteger,
  boolean: parseBoolean,
  "byte size": parseByteSize,
  octal: parseOctal,
  "log level": parseLogLevel,
  "orphan policy": parseOrphanPolicy,
  "exit rule": parseExitRule,
  signal: parseSignal,
  "exit codes": parseExitCodes,
  list: parseList,
  "absolute paths": parseAbsolutePaths,
  autorestart: parseAutorestart,
  logfile: parseLogfile,
  path: parseExistingDirpath,
  directory: parseDirectory,
  user: parseUser,
  "user and group": parseOwner,
  address: parseAddress,
  name: parseName,
  environment: parseEnvironment,
  "env files": parseEnvFiles,
  "variable patterns": parseVariablePatterns,
  "program type": parseProgramType,
  dependencies: parseDependencies,
  duration: parseDuration,
  backoff: parseBackoff,
  fraction: parseFraction,
  rate: parseRate,
  check: parseCheck,
  "health action": parseHealthAction,
  count: parseCount,
  "memory limit": parseMemoryLimit,
  schedule: parseSchedule,
  overlap: parseOverlap,
  "catch up": parseCatchUp,
  "log format": parseLogFormat,
  "log timestamp": parseLogTimestamp,
  "line rate": parseLineRate,
  "rotation period": parseRotationPeriod,
  compression: parseCompression,
  "file mode": parseFileMode,
};

/** Reads `text` as a value of `kind`. The error is what Supervisor says, without the place. */
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
