// Facts about the configuration: it is read as the daemon and ctl read it, with the environment of the service.

import { printable } from "../../core/base/printable.ts";
import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import type { DaemonArguments } from "../../core/config/daemon-section.ts";
import { expand } from "../../core/config/expand.ts";
import { checkConfig } from "../../core/config/lint/check.ts";
import { loadConfig } from "../../core/config/load.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import { AUTO, wireOptions } from "../../core/config/options/wire.ts";
import { absolutePath, dirname, joinPath } from "../../core/config/paths.ts";
import { splitWords } from "../../core/config/py-text.ts";
import { allOptions } from "../../core/config/raw.ts";
import {
  type CtlArguments,
  type FindPrivateSocket,
  readCtlConfig,
  readDaemonConfig,
} from "../../core/config/read.ts";
import type { CheckProblem } from "../../core/config/rules.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import { isSecretName } from "../../core/redact/secret-names.ts";
import { redactConfig } from "../redact/config.ts";
import { placeOf } from "../repairs/config-edits.ts";
import type { ConfigFacts, DoctorFacts, KnownProgram, ServiceState } from "./doctor-facts.ts";
import { isSamePath, type Probe } from "./probe.ts";
import { serviceEnvironment } from "./service.ts";

/** Which configuration is examined, and why. */
export interface ConfigChoice {
  readonly path: string | null;
  readonly chosenBy: ConfigFacts["chosenBy"];
  readonly search: ConfigFacts["search"];
  /** The daemon's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The command line of the daemon, which overrides options. */
  readonly args: DaemonArguments;
}

/** Reads a configuration. @param world of the caller; its environment is replaced by that of the daemon */
export function readConfigFacts(choice: ConfigChoice, world: ConfigWorld): ConfigFacts {
  const { path, chosenBy, search, environment } = choice;
  const known = { ...readServers(choice, world), path, chosenBy, search, environment };
  if (path === null) return { ...known, problems: [], files: [], daemonUid: world.uid };
  const files: string[] = [];
  const recording: ConfigWorld = {
    ...world,
    readText: (file) => {
      if (!files.includes(file)) files.push(file);
      return world.readText(file);
    },
  };
  const here = absolutePath(dirname(path), world.cwd);
  const loaded = loadConfig(path, recording, here);
  const { daemon } = known;
  return {
    ...known,
    problems: checkConfig(path, { ...world, env: environment }),
    raw: loaded.ok ? loaded.value.raw : null,
    files,
    daemonUid: daemon?.ok ? (daemon.value.daemon.user?.uid ?? world.uid) : world.uid,
  };
}

/** Only what says where its daemon answers. */
export function readServers(
  { path, args, environment }: ConfigChoice,
  world: ConfigWorld,
): Pick<ConfigFacts, "daemon" | "raw" | "ctl"> {
  const ofDaemon = { ...world, env: environment };
  const daemon = path === null ? null : readDaemonConfig({ ...args, configFile: path }, ofDaemon);
  return { daemon, raw: null, ctl: ctlOf(path, world) };
}

/** The settings for ctl. @param findPrivate for a daemon without a server too */
export function ctlOf(
  configFile: string | null,
  world: ConfigWorld,
  findPrivate: FindPrivateSocket | null = null,
): ConfigFacts["ctl"] {
  const args: CtlArguments = {
    configFile,
    searchPaths: [],
    interactive: false,
    serverUrl: null,
    username: null,
    password: null,
    historyFile: null,
    words: [],
  };
  const read = readCtlConfig(args, world, findPrivate);
  return read.ok ? read.value : null;
}

/**
 * Chooses a configuration, and the environment that its daemon has or will have: the first of the given one, the service's, that
 * of the working directory, where a user other than root has one, that of a running daemon, and the search path.
 * @param given with --config
 * @param daemons those whose command lines are believed
 */
export function chooseConfig(
  given: string | null,
  world: ConfigWorld,
  { service, daemons }: Pick<DoctorFacts, "service" | "daemons">,
  probe: Probe,
): ConfigChoice {
  const parsed = parseDaemonArguments(["tsv", "-n"], world);
  if (!parsed.ok || parsed.value.kind !== "run") throw new Error("no command line without words");
  const { args } = parsed.value;
  const search = args.searchPaths.map((path) => ({
    path: absolutePath(path, world.cwd),
    exists: world.exists(path),
  }));
  const here = search.find(({ exists }, at) => exists && args.searchPaths[at]?.[0] !== "/");
  const candidates = [
    ["option", given],
    ["service", service.manifest?.config ?? configOfUnit(service)],
    ["search", here?.path ?? null],
    ["daemon", daemons.find(({ config }) => config !== null)?.config ?? null],
    ["search", search.find(({ exists }) => exists)?.path ?? null],
  ] as const;
  const [chosenBy, path] = candidates.find(([, one]) => one !== null) ?? [null, null];
  const owner = daemons.find(
    ({ config }) => config !== null && isSamePath(config, path ?? "", probe),
  );
  const real = owner === undefined ? null : probe.environment(owner.pid);
  const environment =
    real ??
    (service.file === null && chosenBy !== "service"
      ? world.env
      : expectedEnvironment(service, probe));
  return { path, chosenBy, search, environment, args };
}

/** The environment of a service when it is started. */
function expectedEnvironment(service: ServiceState, probe: Probe): ConfigChoice["environment"] {
  const { environmentFile } = service.layout;
  const settings = environmentFile === null ? null : probe.readText(environmentFile);
  return serviceEnvironment(service, settings);
}

/** A packaged unit names its configuration in its command. */
function configOfUnit({ file }: ServiceState): string | null {
  return file === null ? null : (/(?:-c|--configuration)[ =](\/\S+)/.exec(file.text)?.[1] ?? null);
}

/** A service makes its run directory before each start: while it is stopped, that is not missing. */
export function worldAtStart(
  world: ConfigWorld,
  { file, layout }: Pick<ServiceState, "file" | "layout">,
): ConfigWorld {
  if (file === null) return world;
  const { runDirectory } = layout;
  return { ...world, isDirectory: (path) => path === runDirectory || world.isDirectory(path) };
}

/** A name of the problem that stays valid after edits elsewhere: line numbers change, sections and keys do not. */
export function problemSubject({ file, line, section, key, rule, message }: CheckProblem): string {
  if (section !== null)
    return `${file} [${printable(section)}]${key === null ? "" : ` ${printable(key)}`}`;
  if (rule === "include-matches-nothing" || rule === "include-skipped") return message;
  if (rule === "ignored-log" || rule === "syslog-as-file") return message;
  return line === null ? file : `${file} line ${line}`;
}

/** The message of Supervisor or `tsv check`, without values that may be secrets. */
export function problemSymptom(problem: CheckProblem, facts: DoctorFacts): string {
  const { message, key, rule } = problem;
  if (rule === "bad-line" || rule === "no-section-headers") {
    const [reason = "", ...source] = message.split(": ");
    const line = source.join(": ").trim();
    const [first = ""] = line.split(/\s/);
    return printable(`${reason}: ${isSecretName(first) ? `${first} …` : redactConfig(line)}`);
  }
  if (key !== null && (key === "environment" || isSecretName(key))) {
    return printable(withoutValue(problem, facts.config));
  }
  return printable(redactPatterns(message.replaceAll("\n", " ")));
}

/** Only the parser's part of a message about a secret. */
function withoutValue(
  { message, section, key, rule }: CheckProblem,
  { raw }: Pick<ConfigFacts, "raw">,
): string {
  if (rule === "environment-separator") return "a value ends too early, because it lacks quotes";
  const found = raw?.sections.get(section ?? "");
  const options = raw === null || found === undefined ? null : allOptions(raw, found);
  const value = options?.get(key ?? "")?.value ?? "";
  const hidden = value === "" ? message : message.replaceAll(value, "…");
  return hidden.replace(/(in value|Format string) '.*'(?= for '|$)/s, "$1 '…'");
}

/** Whether only root can read the configuration: then its problems are unknown, not errors. */
export function isConfigHidden({ caller, config: { path, daemon }, probe }: DoctorFacts): boolean {
  if (caller.uid === 0 || path === null || daemon?.ok !== false) return false;
  const found = probe.look(path);
  if (!found.ok) return found.error === "EACCES";
  return found.kind === "file" && probe.readHead(path, 1) === null;
}

/** A pattern of [include], as the daemon expands it: an absolute path, and where it is written. */
export type IncludePattern = ReturnType<typeof includePatterns>[number];

/** The patterns of the main file; none if they cannot be expanded. */
export function includePatterns({ config }: DoctorFacts) {
  const option = config.raw?.sections.get("include")?.options.get("files");
  if (option === undefined || config.path === null) return [];
  const names = new Map<string, string>([
    ["here", dirname(config.path)],
    ...Object.entries(config.environment).map(([name, value]) => [`ENV_${name}`, value] as const),
  ]);
  const expanded = expand(option.value, names, "include.files");
  if (!expanded.ok) return [];
  const base = dirname(config.path);
  const place = placeOf("include", option);
  return splitWords(expanded.value).map((word) => ({ path: joinPath(base, word), place }));
}

/**
 * The keys of the options of a program that differ between its file and the running daemon.
 * @remarks Only options that the daemon reports. Supervisor omits some, and reports the file of an AUTO log.
 */
export function changedOptions(known: KnownProgram, process: ProcessConfig): readonly string[] {
  return wireOptions(process).flatMap(({ key, wire, value }) => {
    const before = known[wire];
    if (before === undefined || value === AUTO) return [];
    return String(before) === String(value) ? [] : [key];
  });
}

// Values that contain quotes or a comment without a space before it by mistake. Only the checks of syntax report them, not
// the checks of the files that they name.

/** Around the whole value. */
export function isQuoted(value: string): boolean {
  return /^(["']).*\1$/s.test(value);
}

/** Whether a file or directory with exactly this name exists, so that it is intended. @param value an absolute path */
export function hasGluedComment(value: string, probe: Probe): boolean {
  const sign = value.search(/(?<=[^\s;]);/);
  if (sign < 0 || !value.startsWith("/")) return false;
  return !probe.look(value).ok && !(dirname(value).includes(";") && probe.look(dirname(value)).ok);
}
