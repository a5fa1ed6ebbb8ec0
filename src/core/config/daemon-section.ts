// The [supervisord] section, in Supervisor's order of evaluation, and the command line laid over it.

import { overlay } from "./expand.ts";
import type { ConfigError, DaemonOptions } from "./model.ts";
import type { DaemonArguments } from "./overrides.ts";
import { resolvePath } from "./paths.ts";
import type { RawSection } from "./raw.ts";
import {
  openScope,
  type Reading,
  rawText,
  readEnvironment,
  readOption,
  readOptional,
  ruleOfValue,
  type Scope,
} from "./reading.ts";
import { maskBits, parseValue } from "./values.ts";
import type { ConfigWorld } from "./world.ts";

/** What the file says, before the command line. */
export interface DaemonSection {
  readonly options: Omit<DaemonOptions, "configFile" | "here" | "user">;
  /** As written; it is looked up last. */
  readonly user: string | null;
}

/** The names of the environment count from here on in every section. */
function readOwnEnvironment(scope: Scope): Readonly<Record<string, string>> {
  const { world, environ } = scope.reading;
  const names = overlay(new Map([["host_node_name", world.hostName]]), scope.names);
  const wide: Scope = { ...scope, names: overlay(names, environ) };
  const environment = readEnvironment(wide, rawText(scope, "environment") ?? "");
  for (const [key, value] of Object.entries(environment)) environ.set(`ENV_${key}`, value);
  return environment;
}

/** Reads the section; adds its environment to the names that later sections may use. */
export function readDaemonSection(reading: Reading, section: RawSection): DaemonSection {
  const scope = openScope(reading, section, "supervisord");
  // The order of these lines is the order in which Supervisor finds errors.
  const minfds = readOption(scope, "integer", "minfds");
  const minprocs = readOption(scope, "integer", "minprocs");
  const directory = readOptional(scope, "directory", "directory");
  const user = readOptional(scope, "string", "user");
  const umask = maskBits(readOption(scope, "octal", "umask"));
  const logfile = readOption(scope, "path", "logfile");
  const logfileMaxBytes = readOption(scope, "byte size", "logfile_maxbytes");
  const logfileBackups = readOption(scope, "integer", "logfile_backups");
  const logLevel = readOption(scope, "log level", "loglevel");
  const pidfile = readOption(scope, "path", "pidfile");
  const identifier = readOption(scope, "string", "identifier");
  const nodaemon = readOption(scope, "boolean", "nodaemon");
  const silent = readOption(scope, "boolean", "silent");
  const childLogDir = readOptional(scope, "directory", "childlogdir") ?? reading.world.tempDir;
  const nocleanup = readOption(scope, "boolean", "nocleanup");
  const orphans = readOption(scope, "orphan policy", "orphans");
  const upgradePaths = readOption(scope, "absolute paths", "upgrade_paths");
  const stripAnsi = readOption(scope, "boolean", "strip_ansi");
  const logfileFlushSecs = readOption(scope, "integer", "logfile_flush_interval");
  const environment = readOwnEnvironment(scope);
  return {
    user,
    options: {
      logfile,
      logfileMaxBytes,
      logfileBackups,
      logfileFlushSecs,
      logLevel,
      pidfile,
      umask,
      nodaemon,
      silent,
      minfds,
      minprocs,
      nocleanup,
      orphans,
      upgradePaths,
      childLogDir,
      directory,
      stripAnsi,
      environment,
      identifier,
    },
  };
}

/** Looks the user up; this comes after everything else, so its problem comes last. */
function findUser(
  text: string,
  world: ConfigWorld,
  problems: ConfigError[],
): DaemonOptions["user"] {
  const uid = parseValue("user", text, world);
  if (!uid.ok) {
    const place = { file: null, line: null, section: "supervisord", key: "user" };
    problems.push({ rule: ruleOfValue("value", "user", text), text: uid.error, ...place });
    return null;
  }
  const user = world.findUser(uid.value);
  return user === null ? null : { uid: user.uid, gid: user.gid, name: user.name };
}

/** Command line over file over default. An empty path on the command line counts as absent. */
export function applyArguments(
  args: DaemonArguments,
  section: DaemonSection,
  reading: Reading,
): DaemonOptions {
  const { options } = section;
  const { overrides } = args;
  const { world } = reading;
  const logfile = overrides.logfile || options.logfile;
  const user = overrides.user ?? section.user;
  return {
    configFile: reading.configFile,
    here: reading.here,
    logfile: logfile === "syslog" ? logfile : resolvePath(logfile, world),
    logfileMaxBytes: overrides.logfileMaxBytes ?? options.logfileMaxBytes,
    logfileBackups: overrides.logfileBackups ?? options.logfileBackups,
    logfileFlushSecs: options.logfileFlushSecs,
    logLevel: overrides.logLevel ?? options.logLevel,
    pidfile: resolvePath(overrides.pidfile || options.pidfile, world),
    umask: overrides.umask ?? options.umask,
    nodaemon: overrides.nodaemon || options.nodaemon,
    silent: overrides.silent || options.silent,
    minfds: overrides.minfds ?? options.minfds,
    minprocs: overrides.minprocs ?? options.minprocs,
    nocleanup: overrides.nocleanup || options.nocleanup,
    orphans: options.orphans,
    upgradePaths: options.upgradePaths,
    childLogDir: overrides.childLogDir ?? options.childLogDir,
    user: user === null ? null : findUser(user, world, reading.problems),
    directory: overrides.directory ?? options.directory,
    stripAnsi: overrides.stripAnsi || options.stripAnsi,
    environment: options.environment,
    identifier: overrides.identifier ?? options.identifier,
  };
}
