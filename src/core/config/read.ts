// Turns a configuration file and a command line into the configuration of the daemon or of ctl. This file has the order;
// each section has its own file.

import { isHashed } from "../access/passwords.ts";
import { err, ok, type Result } from "../base/result.ts";
import { tlsFilesOf } from "../net/certificates.ts";
import { applyArguments, type DaemonArguments, readDaemonSection } from "./daemon-section.ts";
import { checkDependencies } from "./dependencies.ts";
import { inOrder, readFields } from "./fields.ts";
import { type FleetConfig, readFleetSection } from "./fleet.ts";
import { readGroups } from "./groups.ts";
import { fileError, type Loaded, loadConfig } from "./load.ts";
import type { Config, ConfigError, ConfigNotice, CtlOptions } from "./model.ts";
import { DAEMON } from "./options/daemon.ts";
import { CTL } from "./options/servers.ts";
import { absolutePath, dirname, resolvePath } from "./paths.ts";
import type { RawConfig } from "./raw.ts";
import {
  createReading,
  defaultsOf,
  openScope,
  type Reading,
  readOption,
  readText,
  type Scope,
} from "./reading.ts";
import { readReceivers } from "./receivers.ts";
import { firstServer, privateKey, serverUrlOf } from "./server-address.ts";
import { checkInterfaceArguments, readFactories, readFileName, readServers } from "./servers.ts";
import { readState } from "./state-directory.ts";
import { readUsers } from "./users.ts";
import type { ConfigWorld } from "./world.ts";

const ROOT_SEARCH =
  "Supervisord is running as root and it is searching for its configuration file in default locations " +
  '(including its current working directory); you probably want to specify a "-c" argument specifying ' +
  "an absolute path to a configuration file for improved security.";

const RUNNING_AS_ROOT =
  "Supervisor is running as root.  Privileges were not dropped because no user is specified in the " +
  "config file.  If you intend to run as root, you can set user=root in the config file to avoid this " +
  "message.";

/** What supervisord prints on stderr when root starts it without `-c`; null otherwise. */
export function rootSearchWarning(args: DaemonArguments, world: ConfigWorld): string | null {
  return args.configFile === null && world.uid === 0 ? ROOT_SEARCH : null;
}

/** Whether a notice is the one for root that names no user. */
export function isAboutRoot({ text }: ConfigNotice): boolean {
  return text === RUNNING_AS_ROOT;
}

/** The file that the command line names, or the first that exists; null when there is none. */
function findConfigFile(
  args: { readonly configFile: string | null; readonly searchPaths: readonly string[] },
  world: ConfigWorld,
): string | null {
  return args.configFile ?? args.searchPaths.find((path) => world.exists(path)) ?? null;
}

/** CRIT before WARN before INFO, each in the order they came: the order in which they reach the log. */
function sortNotices(notices: readonly ConfigNotice[]): readonly ConfigNotice[] {
  const ranks = { CRIT: 0, WARN: 1, INFO: 2 };
  return Array.from(notices).sort((left, right) => ranks[left.level] - ranks[right.level]);
}

/** Loads a configuration. The error is the first one in its files. */
function open(
  world: ConfigWorld,
  files: { readonly configFile: string; readonly here: string },
  followsIncludes = true,
) {
  const loaded = loadConfig(files.configFile, world, files.here, followsIncludes);
  if (!loaded.ok) return loaded;
  const [failure] = loaded.value.failures;
  if (failure !== undefined) return err(failure.error);
  return ok({ loaded: loaded.value, reading: createReading(loaded.value.raw, world, files) });
}

/**
 * Interprets loaded files; what is wrong is in `problems` of the reading.
 * @returns null without a [supervisord] section
 */
export function examine(
  { notices: ofFiles }: Pick<Loaded, "notices">,
  reading: Reading,
  overrides: DaemonArguments["overrides"] = {},
): Config | null {
  const section = reading.raw.sections.get("supervisord");
  if (section === undefined) return null;
  const daemonSection = readDaemonSection(reading, section);
  const state = readState({ ...daemonSection, ...overrides }, reading);
  const rpcInterfaces = readFactories(reading, "rpcinterface");
  const groups = readGroups(reading, daemonSection.environment);
  checkDependencies(reading, groups);
  const servers = readServers(reading);
  const users = readUsers(reading);
  const receivers = readReceivers(reading, daemonSection.user);
  const { decisions, stateDirectory } = state;
  const daemon = { ...applyArguments(daemonSection, overrides, reading), stateDirectory };
  checkInterfaceArguments(reading, rpcInterfaces, servers);
  const asRoot: readonly ConfigNotice[] =
    reading.world.uid === 0 && daemon.user === null
      ? [{ level: "CRIT", text: RUNNING_AS_ROOT }]
      : [];
  const notices = sortNotices([...asRoot, ...ofFiles, ...reading.notices]);
  return { daemon, decisions, servers, groups, rpcInterfaces, users, receivers, notices };
}

/**
 * Reads everything the daemon needs. The error is the first that Supervisor would meet.
 * @param without leaves out what this daemon does not use
 */
export function readDaemonConfig(
  args: DaemonArguments,
  world: ConfigWorld,
  without: (raw: RawConfig) => RawConfig = (raw) => raw,
): Result<Config, ConfigError> {
  const configFile = findConfigFile(args, world);
  if (configFile === null) {
    const paths = args.searchPaths.join(", ");
    const text =
      `No config file found at default paths (${paths}); use the -c option to specify a config file ` +
      "at a different path";
    return err(fileError("no-file", text, null));
  }
  const opened = open(world, { configFile, here: absolutePath(dirname(configFile), world.cwd) });
  if (!opened.ok) return opened;
  const { loaded, reading } = opened.value;
  const used: Reading = { ...reading, raw: without(reading.raw) };
  const config = examine(loaded, used, args.overrides);
  if (config === null) {
    const text = ".ini file does not include supervisord section";
    return err(fileError("no-supervisord", text, configFile));
  }
  const [problem] = used.problems;
  return problem === undefined ? ok(config) : err(problem);
}

/**
 * Whether a daemon is to leave the foreground, from its own section alone: the process in the background reads all of
 * it, and reports what is wrong. False also where that section cannot be read, so that the reader of all of it reports why.
 */
export function goesToBackground(args: DaemonArguments, world: ConfigWorld): boolean {
  const configFile = findConfigFile(args, world);
  if (args.overrides.nodaemon === true || configFile === null) return false;
  const here = absolutePath(dirname(configFile), world.cwd);
  const opened = open(world, { configFile, here });
  if (!opened.ok) return false;
  const { reading } = opened.value;
  const section = reading.raw.sections.get("supervisord");
  if (section === undefined) return false;
  const isForeground = readOption(openScope(reading, section, "supervisord"), DAEMON.nodaemon);
  return !isForeground && reading.problems.length === 0;
}

/** Reads [fleet] of a configuration and the files that it includes. @returns null without this section */
export function readFleetConfig(
  configFile: string,
  world: ConfigWorld,
): Result<FleetConfig | null, ConfigError> {
  const here = dirname(resolvePath(configFile, world));
  const opened = open(world, { configFile, here });
  if (!opened.ok) return opened;
  const { reading } = opened.value;
  const fleet = readFleetSection(reading);
  const [problem] = reading.problems;
  return problem === undefined ? ok(fleet) : err(problem);
}

/** A command line of supervisorctl, parsed. */
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

const NO_FILE: CtlOptions = {
  ...defaultsOf(CTL),
  plugins: [],
  daemonUser: null,
  isServerNamed: false,
};

function withArguments(options: CtlOptions, args: CtlArguments, world: ConfigWorld): CtlOptions {
  const history = args.historyFile === null ? null : resolvePath(args.historyFile, world);
  return {
    ...options,
    serverUrl: args.serverUrl ?? options.serverUrl,
    username: args.username ?? options.username,
    password: args.password ?? options.password,
    historyFile: history ?? options.historyFile,
    daemonUser: args.serverUrl === null ? options.daemonUser : null,
    ...(options.pinned === undefined
      ? {}
      : { pinned: args.serverUrl === null ? options.pinned : null }),
    isServerNamed: args.serverUrl !== null || options.isServerNamed,
  };
}

/** The scope of options that may contain `%(here)s`. */
function withHere({ reading, section }: Scope): Scope {
  return openScope(reading, section, "supervisorctl");
}

function readServerUrl(scope: Scope): string {
  const written = readOption(withHere(scope), CTL.serverUrl);
  const prefix = "unix://";
  return written.startsWith(prefix)
    ? prefix + resolvePath(written.slice(prefix.length), scope.reading.world)
    : written;
}

function readHistoryFile(scope: Scope): string | null {
  const history = readOption(withHere(scope), CTL.historyFile);
  return history === null || history === "" ? null : resolvePath(history, scope.reading.world);
}

const CTL_ORDER = inOrder(CTL, "once", ["serverUrl", "prompt", "username", "password"]);
const CTL_READERS = {
  serverUrl: readServerUrl,
  historyFile: readHistoryFile,
  sslCa: (scope: Scope) => readFileName(scope, CTL.sslCa),
  sslCert: (scope: Scope) => readFileName(scope, CTL.sslCert),
  sslKey: (scope: Scope) => readFileName(scope, CTL.sslKey),
};

const NO_SECTION = "no-supervisorctl";

/** Reads [supervisorctl]. Only its addresses and names of files may use `%(here)s`. */
function readCtlSection(reading: Reading): Result<CtlOptions, ConfigError> {
  const section = reading.raw.sections.get("supervisorctl");
  if (section === undefined) {
    const text = ".ini file does not include supervisorctl section";
    return err(fileError(NO_SECTION, text, reading.configFile));
  }
  const scope = openScope(reading, section, "supervisorctl", new Map());
  const options = readFields(scope, CTL, CTL_ORDER, CTL_READERS, {});
  const plugins = readFactories(reading, "ctlplugin");
  const [problem] = reading.problems;
  if (problem !== undefined) return err(problem);
  const isServerNamed = readText(scope, CTL.serverUrl) !== null;
  return ok({ ...options, plugins, daemonUser: daemonUserOf(reading), isServerNamed });
}

/** Its problems are reported by the daemon. */
function daemonUserOf(reading: Reading): string | null {
  const section = reading.raw.sections.get("supervisord");
  if (section === undefined) return null;
  const user = readOption(openScope(reading, section, "supervisord"), DAEMON.user);
  return user === "" ? null : user;
}

/**
 * Finds the private control socket of a configuration.
 * @param configPath absolute
 * @param daemonUser `user=` of [supervisord]; null for none
 * @returns where it is, or where it would be
 */
export type FindPrivateSocket = (
  configPath: string,
  daemonUser: string | null,
) => { readonly path: string; readonly exists: boolean };

/**
 * The daemon of a configuration that does not name its server for ctl: on the first server of the file, else on the private
 * socket. null where an included file may have the server.
 */
function unnamedDaemon(
  reading: Reading,
  findPrivate: FindPrivateSocket,
  isCredited: boolean,
): Partial<CtlOptions> | null {
  const { raw, world, configFile } = reading;
  const daemonUser = daemonUserOf(reading);
  const server = firstServer(readServers(reading));
  if (server !== null) {
    // A hash is no password to send.
    const isPlain = server.credentials !== null && !isHashed(server.credentials.password);
    const credentials = !isCredited && isPlain ? server.credentials : {};
    const pinned = tlsFilesOf(server)?.cert ?? null;
    return { serverUrl: serverUrlOf(server), ...credentials, daemonUser, pinned };
  }
  const here = absolutePath(dirname(configFile), world.cwd);
  const { path, exists } = findPrivate(privateKey(here, configFile), daemonUser);
  return exists || !raw.sections.has("include")
    ? { serverUrl: `unix://${path}`, daemonUser }
    : null;
}

/**
 * Reads everything ctl needs; without any configuration file the defaults serve. [include] is not followed.
 * @param findPrivate for tsv's own verbs, which reach a daemon without a server too; null for Supervisor's clients
 */
export function readCtlConfig(
  args: CtlArguments,
  world: ConfigWorld,
  findPrivate: FindPrivateSocket | null = null,
): Result<CtlOptions, ConfigError> {
  const configFile = findConfigFile(args, world);
  // An empty name means none, as in Supervisor.
  if (configFile === null || configFile === "") return ok(withArguments(NO_FILE, args, world));
  const here = dirname(resolvePath(configFile, world));
  const opened = open(world, { configFile, here }, false);
  if (!opened.ok) return opened;
  const { reading } = opened.value;
  const written = readCtlSection(reading);
  const isOpen = written.ok ? !written.value.isServerNamed : written.error.rule === NO_SECTION;
  const unnamed =
    findPrivate !== null && isOpen && args.serverUrl === null
      ? unnamedDaemon(reading, findPrivate, written.ok && written.value.username !== null)
      : null;
  if (unnamed === null) return written.ok ? ok(withArguments(written.value, args, world)) : written;
  const others = written.ok ? written.value : NO_FILE;
  return ok(withArguments({ ...others, ...unnamed }, args, world));
}
