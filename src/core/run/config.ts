// The configuration of `tsv run`: a configuration file, read as the daemon reads it, or sections generated from a Procfile or
// from the command line. All output goes to the terminal; no file is written.

import { printable } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { shellWord } from "../base/shell-word.ts";
import { commentAdvice } from "../config/lint/env-files.ts";
import { CONFIGS_HERE, fileError, readReason } from "../config/load.ts";
import type { Config, ConfigError, ConfigNotice, GroupConfig } from "../config/model.ts";
import { absolutePath, dirname, joinPath } from "../config/paths.ts";
import { madeSection, type RawConfig, type RawSection, rawOf } from "../config/raw.ts";
import { examine, isAboutRoot, readDaemonConfig } from "../config/read.ts";
import { createReading } from "../config/reading.ts";
import type { EnvFileValue, ExitRule } from "../config/value-types.ts";
import { parseEnvFiles } from "../config/values.ts";
import type { ConfigWorld, ReadTextFailure } from "../config/world.ts";
import { readVariables } from "../environment/env-file.ts";
import {
  PORT_RANGE,
  parsePort,
  parseRunArguments,
  type RunArguments,
  type RunCommand,
} from "./arguments.ts";
import { withForemanOptions } from "./foreman-options.ts";
import { onlyTypes, PROCFILE, parseProcfile, processesOf } from "./procfile.ts";

/** The program name of a daemon that runs as `tsv run`. */
export const RUN_PROGRAM = "tsv run";

/** The file name of sections that are generated from the command line. */
const COMMAND_LINE = "(command line)";

/**
 * Reads the configuration that a command line of `tsv run` names.
 * @param words the words after `tsv run`
 */
export function readRunConfig(
  words: readonly string[],
  world: ConfigWorld,
): Result<Config, ConfigError> {
  const args = parseRunArguments(words);
  if (!args.ok) return err(fileError("value", args.error, null));
  if (args.value === "help") return err(fileError("value", "the command line asks for help", null));
  const config = configOf(args.value, world);
  return config.ok ? ok(config.value.config) : config;
}

/** As `readRunConfig`, for a parsed command line. */
export function configOf(given: RunArguments, world: ConfigWorld) {
  const completed = withForemanOptions(given, world);
  if (!completed.ok) return completed;
  const { args, notices } = completed.value;
  const isOpen = args.source.kind === "found" && args.words.length === 0;
  const source = isOpen ? find(world) : args.source;
  const read = fromSource({ ...args, source }, world);
  if (!read.ok) return read;
  const config = { ...read.value, notices: [...notices, ...read.value.notices] };
  // What was made from a Procfile or commands cannot be named by -c.
  return ok({ config, isGenerated: source.kind !== "config" });
}

function fromSource(args: RunArguments, world: ConfigWorld): Result<Config, ConfigError> {
  if (args.words.length > 0) return fromWords(args, world);
  const { source } = args;
  switch (source.kind) {
    case "found":
      return err(fileError("no-file", nothingFound(world), null));
    case "config":
      return fromConfig(source.path, args, world);
    case "procfile":
      return fromProcfile(source.path, args, world);
    case "commands":
      return fromCommands(source.commands, args, world);
  }
}

function find(world: ConfigWorld): RunArguments["source"] {
  if (world.exists(PROCFILE)) return { kind: "procfile", path: PROCFILE };
  const path = configsOf(world).find((each) => world.exists(each));
  return path === undefined ? { kind: "found" } : { kind: "config", path };
}

/** Types of the Procfile, as in `foreman start web`; or else the name of a Procfile. */
function fromWords(args: RunArguments, world: ConfigWorld): Result<Config, ConfigError> {
  const { words, source, formation } = args;
  const path = source.kind === "procfile" ? source.path : PROCFILE;
  const text = source.kind === "procfile" || world.exists(path) ? world.readText(path) : null;
  if (text?.ok === false) return err(unreadable(path, text.error));
  const entries = parseProcfile(text?.value ?? "");
  const types = entries.ok ? entries.value.map(({ name }) => name) : [];
  const unknown = words.find((word) => !types.includes(word));
  if (unknown === undefined) {
    return fromProcfile(path, { ...args, formation: onlyTypes(words, formation) }, world);
  }
  const [first = "", ...others] = words;
  const isFile = source.kind === "found" && !types.includes(first);
  const isThere = isFile && world.exists(first);
  const isNamed = isThere || (text === null && /[./]|procfile/i.test(first));
  if (isFile && isNamed && others.length === 0) return fromProcfile(first, args, world);
  // The first mistake in it.
  if (text !== null && !entries.ok) return fromProcfile(path, args, world);
  const known = `${path} has no ${unknown}; it has ${types.join(", ")}`;
  const isBefore = isThere && others.length > 0;
  const withoutIt = text === null ? "there is no Procfile" : known;
  const why = isBefore ? `-f names a Procfile, as in -f ${first}` : withoutIt;
  return err(fileError("no-file", `cannot run ${words.join(" ")}: ${why}`, null));
}

/** Decisions of operators are about daemons. */
const NO_DECISIONS = { stateDirectory: "" };

/** The configurations that no other command of this user passes over: see `searchPaths`. */
function configsOf({ uid }: ConfigWorld): readonly string[] {
  return uid === 0 ? [] : CONFIGS_HERE;
}

function nothingFound(world: ConfigWorld): string {
  const searched = [PROCFILE, ...configsOf(world)].join(", ");
  return `there is nothing to run in ${world.cwd}: no ${searched}`;
}

function fromConfig(
  path: string,
  args: RunArguments,
  world: ConfigWorld,
): Result<Config, ConfigError> {
  const given = filesOf(args, [], world);
  if (!given.ok) return given;
  const named = { configFile: path, searchPaths: [], overrides: NO_DECISIONS };
  const config = readDaemonConfig(named, world, withoutFiles);
  if (config.ok) return ok(onTerminal(config.value, given.value, args));
  // Supervisor's text does not name the file.
  const isNone = config.error.rule === "no-supervisord";
  return isNone ? err({ ...config.error, text: `${path} has no [supervisord] section` }) : config;
}

/** A program of a Procfile or of the command line. */
interface Program {
  readonly name: string;
  /** Words, or a text for /bin/sh. */
  readonly command: readonly string[] | string;
  /** Its variables besides those of all programs. They need no escapes in double quotes. */
  readonly environment: Readonly<Record<string, string>>;
  /** 1-based, in the Procfile; 0 for the command line. */
  readonly line: number;
}

function fromProcfile(
  path: string,
  args: RunArguments,
  world: ConfigWorld,
): Result<Config, ConfigError> {
  const text = world.readText(path);
  if (!text.ok) return err(unreadable(path, text.error));
  const entries = parseProcfile(text.value);
  if (!entries.ok) {
    const { line, text: why } = entries.error;
    const at = line === null ? path : `${path}:${line}`;
    return err({ ...fileError("bad-line", `${at}: ${why}`, path), line });
  }
  const here = absolutePath(dirname(path), world.cwd);
  const given = filesOf(args, [{ path: joinPath(here, ".env"), isOptional: true }], world);
  if (!given.ok) return given;
  const { port } = given.value;
  const first = args.port === null ? portOf(port ?? environmentPort(world)) : ok(args.port);
  if (!first.ok) return first;
  const processes = processesOf(entries.value, args.formation, first.value);
  if (!processes.ok) return err(fileError("value", `${path}: ${processes.error}`, path));
  const programs = processes.value.map(({ processName: name, command, line, port }): Program => {
    return { name, command, line, environment: { PORT: String(port), PS: name } };
  });
  return fromPrograms(programs, { configFile: path, here }, given.value, args, world);
}

function unreadable(path: string, failure: ReadTextFailure): ConfigError {
  if (failure.code === "ENOENT") return fileError("no-file", `${path} does not exist`, path);
  const isDenied = failure.code === "EACCES" || failure.code === "EPERM";
  const rule = isDenied ? "unreadable-file" : "no-file";
  return fileError(rule, `cannot read ${path}: ${readReason(failure)}`, path);
}

function fromCommands(
  commands: readonly RunCommand[],
  args: RunArguments,
  world: ConfigWorld,
): Result<Config, ConfigError> {
  const given = filesOf(args, [], world);
  if (!given.ok) return given;
  const programs = commands.map((each): Program => ({ ...each, line: 0, environment: {} }));
  const place = { configFile: COMMAND_LINE, here: world.cwd };
  return fromPrograms(programs, place, given.value, args, world);
}

// The variables of all programs of a run: files of the command line or beside the Procfile, and the
// PORT at which the Procfile's ports begin.

const FIRST_PORT = 5000;
/** Characters of an invalid value that a message shows. */
const MOST_SHOWN = 40;

/** Files of variables, and what is to be said of them. */
interface Variables {
  readonly files: readonly EnvFileValue[];
  readonly notices: readonly ConfigNotice[];
}

/** A PORT that is set, and not empty. */
interface GivenPort {
  readonly value: string;
  /** null for the environment. */
  readonly file: string | null;
  readonly line: number | null;
}

/** The PORT of the environment. */
function environmentPort({ env }: ConfigWorld): GivenPort | null {
  const { PORT: value = "" } = env;
  return value === "" ? null : { value, file: null, line: null };
}

/** The first port of the Procfile's processes. @param given null for the default */
function portOf(given: GivenPort | null): Result<number, ConfigError> {
  if (given === null) return ok(FIRST_PORT);
  const port = parsePort(given.value);
  if (port !== null) return ok(port);
  const { value, file, line } = given;
  const shown = value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value;
  const at = file === null ? "the environment" : `${file}:${line}`;
  const text = `${at}: PORT is ${PORT_RANGE}, not '${printable(shown)}'`;
  return err({ ...fileError("value", text, file), line });
}

/**
 * The files of variables, and the PORT that they set. Each start of a program reads the files again; they are read here so that
 * a mistake ends the run before it begins.
 * @param usual the files if the command line names none
 */
function filesOf({ envFiles }: RunArguments, usual: readonly EnvFileValue[], world: ConfigWorld) {
  const named = envFiles === null ? ok(usual) : parseEnvFiles(envFiles.join(","), world);
  if (!named.ok) return err(fileError("value", `-e: ${named.error}`, null));
  let port: GivenPort | null = null;
  const notices: ConfigNotice[] = [];
  for (const { path, isOptional } of named.value) {
    const read = readVariables(path, world);
    if (read.ok) {
      const last = read.value.findLast(({ name }) => name === "PORT");
      if (last !== undefined) port = last.value === "" ? null : { ...last, file: path };
      const comment = commentAdvice(path, world);
      const text = comment === null ? "" : `${path}:${comment.line}: ${comment.message}`;
      if (comment !== null) notices.push({ level: "WARN", text });
      continue;
    }
    const { errno, line, text } = read.error;
    if (isOptional && errno === "ENOENT") continue;
    return err({ ...fileError(errno === null ? "bad-line" : "no-file", text, path), line });
  }
  return ok({ files: named.value, port, notices });
}

const NO_RESTARTS = { autorestart: "false", startsecs: "0" };

/**
 * The options of restarts for each exit rule: an exit that ends the run causes no restart. With
 * startsecs=1, an exit with 0 within a second would be a failed start; `exit` therefore gives up by
 * restart_limit, after the waits and tries of startsecs=1: the waits are 6 s together, so 4 failures
 * within 9 s are runs of less than a second.
 */
const RESTARTS: Readonly<Record<ExitRule, Readonly<Record<string, string>>>> = {
  never: { autorestart: "true", startsecs: "1", startretries: "-1", restart_delay_max: "1m" },
  fatal: { autorestart: "true", startsecs: "1" },
  exit: {
    ...{ autorestart: "unexpected", startsecs: "0", restart_limit: "3/9s" },
    ...{ restart_delay: "1s", restart_backoff: "linear", restart_delay_max: "3s" },
  },
  any: NO_RESTARTS,
  all: NO_RESTARTS,
};

/**
 * The configuration of sections that are generated for these programs, so that the defaults and checks of a configuration
 * file apply to them. Its groups are in the order of the programs.
 */
function fromPrograms(
  programs: readonly Program[],
  place: { readonly configFile: string; readonly here: string },
  variables: Variables,
  args: RunArguments,
  world: ConfigWorld,
): Result<Config, ConfigError> {
  const { configFile: file, here } = place;
  const isWatched = args.watch.length > 0;
  const exitOn = args.exitOn ?? (isWatched ? "never" : "any");
  const watch = args.watch.map((path) => absolutePath(path, world.cwd)).join(",");
  const sections = [
    madeSection("supervisord", file, 0, { exit_on: exitOn, minfds: "1", minprocs: "1" }),
    ...programs.map(({ name, command, environment, line }) =>
      madeSection(`program:${name}`, file, line, {
        command: literally(commandLine(command)),
        directory: literally(here),
        environment: Object.entries(environment)
          .map(([variable, value]) => `${variable}="${value}"`)
          .join(","),
        ...RESTARTS[exitOn],
        ...(isWatched ? { watch: literally(watch) } : {}),
        // A shell may remain the parent of the program.
        ...{ stopasgroup: "true", killasgroup: "true" },
      }),
    ),
  ];
  const reading = createReading(rawOf(sections), world, place);
  const config = examine({ notices: [] }, reading, NO_DECISIONS);
  const [problem] = reading.problems;
  if (problem !== undefined) return err(problem);
  if (config === null) return err(fileError("value", "there is nothing to run", file));
  return ok(onTerminal(inOrder(config, programs), variables, { ...args, exitOn }));
}

/** Sorts the groups as written. Groups start in this order; they stop by priority, which is the same for all here. */
function inOrder(config: Config, programs: readonly Program[]): Config {
  const places = new Map(programs.map(({ name }, place) => [name, place]));
  const placeOf = ({ name }: GroupConfig): number => places.get(name) ?? programs.length;
  return { ...config, groups: [...config.groups].sort((a, b) => placeOf(a) - placeOf(b)) };
}

/** Escapes `%`, which begins an expansion. */
function literally(text: string): string {
  return text.replaceAll("%", "%%");
}

function commandLine(command: readonly string[] | string): string {
  const words = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  return words.map(shellWord).join(" ");
}

/** The log file of the daemon: its messages go to the terminal only. */
const NOWHERE = "/dev/null";

/** Options that are ignored here, so that the directories of these files need not exist. */
const FILES: ReadonlySet<string | null> = new Set([
  ...["logfile", "pidfile", "childlogdir", "stdout_logfile", "stderr_logfile"],
]);

/** Whether an option of a configuration is ignored here. @param key null for none */
export function isFileOption(key: string | null): boolean {
  return FILES.has(key);
}

/** The configuration without the options that name such files. */
function withoutFiles({ sections, defaults }: RawConfig): RawConfig {
  const kept = (options: RawSection["options"]) =>
    new Map([...options].filter(([key]) => !isFileOption(key)));
  return {
    defaults: kept(defaults),
    sections: new Map(
      Array.from(sections, ([name, section]) => [
        name,
        { ...section, options: kept(section.options) },
      ]),
    ),
  };
}

/**
 * The same programs in the foreground of a terminal: output goes there instead of to files.
 * @param variables of all programs, before their own
 */
function onTerminal(
  config: Config,
  { files, notices }: Variables,
  { exitOn, grace }: RunArguments,
): Config {
  const { daemon } = config;
  const groups = config.groups.map((group): GroupConfig => {
    // An event listener speaks the event protocol with the daemon on stdout.
    const kind = group.kind === "eventlistener" ? "none" : "stdout";
    const processes = group.processes.map((process) => ({
      ...process,
      envFiles: [...files, ...process.envFiles],
      stdout: { ...process.stdout, logfile: { kind } as const },
      stderr: { ...process.stderr, logfile: { kind: "stdout" } as const },
    }));
    return { ...group, processes };
  });
  return {
    ...config,
    daemon: {
      ...daemon,
      ...{ nodaemon: true, silent: false, logfile: NOWHERE, nocleanup: true },
      exitOn: exitOn ?? daemon.exitOn,
      shutdownGrace: grace ?? daemon.shutdownGrace,
    },
    groups,
    notices: [...notices, ...config.notices].filter(
      (notice) => notice.level !== "INFO" && !isAboutRoot(notice),
    ),
  };
}
