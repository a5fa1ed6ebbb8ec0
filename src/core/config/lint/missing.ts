// Commands, working directories and watched files that do not exist on the host of the check, or are none. The daemon may run on another one,
// or before they are made: they are warnings. Where this user cannot look, nothing is said.

import { printable } from "../../base/printable.ts";
import { remembered } from "../../base/remembered.ts";
import { readVariables } from "../../environment/env-file.ts";
import { NOTHING_GATHERED } from "../../environment/layers.ts";
import { BUILT_IN_COMMANDS } from "../../plugins/known.ts";
import { hookCommands } from "../../process/hooks.ts";
import { planCommand, programEnvironment } from "../../process/launch.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import type { ConfigWarning, GroupConfig, ProcessConfig } from "../model.ts";
import { joinPath } from "../paths.ts";
import { splitCommand } from "../posix-lexer.ts";
import { type Advice, findOption, type RawConfig, warnAt } from "../raw.ts";
import type { CheckTarget } from "../value-types.ts";
import type { ConfigWorld } from "../world.ts";

/** Where programs are, whatever the PATH of the shell in which the check runs. */
const USUAL = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

type Variables = Readonly<Record<string, string>>;

/** Warns once for each option of each section. @param daemonEnvironment `environment=` of the daemon */
export function lintMissing(
  groups: readonly GroupConfig[],
  raw: RawConfig,
  world: ConfigWorld,
  daemonEnvironment: Variables,
): readonly ConfigWarning[] {
  const variablesIn = remembered((path: string) => readVariables(path, world));
  const environment = { ...world.env, ...daemonEnvironment };
  const host: Host = { world, variablesIn, environment };
  const judged = new Set<string>();
  const warnings = new Map<string, ConfigWarning>();
  for (const { name: group, processes } of groups) {
    for (const config of processes) {
      const section = raw.sections.get(config.origin.section);
      if (section === undefined) continue;
      const judgement = `${section.name}\n${judgedBy(config)}`;
      if (judged.has(judgement)) continue;
      judged.add(judgement);
      for (const [key, advice] of adviceOf(config, group, host)) {
        const option = findOption(raw, section.name, key);
        const id = `${section.name} ${key}`;
        if (!warnings.has(id)) warnings.set(id, { ...warnAt(section, option, advice), key });
      }
    }
  }
  return Array.from(warnings.values());
}

/** All that the advice depends on: the processes of a program often share it. */
function judgedBy(config: ProcessConfig): string {
  const { command, envCommand, reloadCommand, readyCheck, healthCheck } = config;
  const hooks = hookCommands(config);
  const { directory, environment, envFiles, watch } = config;
  const files = envFiles.map(({ path }) => path);
  const checks = [commandOf(readyCheck), commandOf(healthCheck)];
  const commands = [command, envCommand, reloadCommand, ...checks, ...hooks];
  return JSON.stringify([commands, directory, environment["PATH"], files, watch]);
}

interface Host {
  readonly world: ConfigWorld;
  /** Of a file; each is read once. */
  readonly variablesIn: (path: string) => ReturnType<typeof readVariables>;
  /** Of the daemon, if it is started from the environment of the check. */
  readonly environment: Variables;
}

function adviceOf(
  config: ProcessConfig,
  group: string,
  host: Host,
): readonly (readonly [key: string, advice: Advice])[] {
  const commands = [
    ["command", config.command],
    ["env_command", config.envCommand],
    ["reload_command", config.reloadCommand],
    ...hookCommands(config),
    ["ready_check", commandOf(config.readyCheck)],
    ["health_check", commandOf(config.healthCheck)],
  ] as const;
  const ofDirectory = directoryAdvice(config.directory, host);
  const directory = ofDirectory === null ? [] : [["directory", ofDirectory] as const];
  const watched = config.watch.flatMap((path) => watchAdvice(path, config, host) ?? []).slice(0, 1);
  return [
    ...directory,
    ...watched.map((advice) => ["watch", advice] as const),
    ...commands.flatMap(([key, command]) => {
      const advice = command === null ? null : commandAdvice(key, command, config, group, host);
      return advice === null ? [] : [[key, advice] as const];
    }),
  ];
}

function commandOf(target: CheckTarget | null): string | null {
  return target?.kind === "exec" ? target.command : null;
}

/** A relative one begins in a directory of the daemon that is not known here. */
function directoryAdvice(directory: string | null, { world }: Host): Advice | null {
  if (directory === null) return null;
  const silent = silentAdvice("missing-working-directory", directory, world);
  if (silent !== null) return silent;
  if (/^~/.test(directory)) {
    const message = `${shown(directory)} begins with a directory named ~: no shell replaces it by a home`;
    const suggestion = "write the absolute path";
    return { rule: "missing-working-directory", message, suggestion };
  }
  if (!directory.startsWith("/")) return null;
  if (world.exists(directory) && !world.isDirectory(directory)) {
    const message = `${shown(directory)} is not a directory: with it no start succeeds`;
    return { rule: "missing-working-directory", message, suggestion: "correct the path" };
  }
  if (!world.isMissing(directory)) return null;
  const message = `${shown(directory)} does not exist on this host: without it no start succeeds`;
  const suggestion = "create the directory, or correct the path";
  return { rule: "missing-working-directory", message, suggestion };
}

/** In a directory that is missing itself, that is the cause. */
function watchAdvice(path: string, { directory }: ProcessConfig, { world }: Host): Advice | null {
  const rule = "missing-watched-path";
  const silent = silentAdvice(rule, path, world);
  if (silent !== null || !world.isMissing(path)) return silent;
  if (directory !== null && path.startsWith(directory) && world.isMissing(directory)) return null;
  const message = `${shown(path)} does not exist on this host: no change of it is seen`;
  return { rule, message, suggestion: "create it, or correct the path" };
}

/** Nothing is known of a path whose file system does not answer; a start would wait for it. */
function silentAdvice(rule: Advice["rule"], path: string, world: ConfigWorld): Advice | null {
  const mount = path.startsWith("/") ? (world.silentMount?.(path) ?? null) : null;
  if (mount === null) return null;
  const message = `${shown(path)} was not checked: its file system ${shown(mount)} does not answer`;
  return { rule, message, suggestion: null };
}

function commandAdvice(
  key: string,
  command: string,
  config: ProcessConfig,
  group: string,
  host: Host,
): Advice | null {
  const words = splitCommand(command);
  const [name = ""] = words.ok ? words.value : [];
  if (name === "" || BUILT_IN_COMMANDS.some((each) => each === name)) return null;
  if (name.includes("/")) {
    const { directory } = config;
    const path = directory === null ? name : joinPath(directory, name);
    const silent = silentAdvice("missing-command", path, host.world);
    if (silent !== null) return silent;
    if (!path.startsWith("/")) return null;
    if (!host.world.isMissing(path)) return unfitAdvice(path, host.world);
    // Of a relative command, its directory is the cause.
    if (!name.startsWith("/") && directory !== null && host.world.isMissing(directory)) return null;
    const message = `${shown(path)} does not exist on this host`;
    return { rule: "missing-command", message, suggestion: "install it, or correct the path" };
  }
  const environment = environmentFor(key, config, group, host);
  const plan = planCommand({ ...config, command }, environment ?? {}, null);
  if (environment === null || !plan.ok) return null;
  const paths = plan.value.candidates.map(({ path }) => path);
  // The daemon may have another PATH than the shell of the check; one that the configuration sets counts alone.
  const own = environment["PATH"]?.split(":") ?? [];
  const isSet = host.world.env["PATH"]?.split(":").every((each) => own.includes(each)) !== true;
  const others = isSet ? [] : USUAL.map((directory) => `${directory}/${name}`);
  const found = [...paths, ...others].find(
    (path) => !path.startsWith("/") || !host.world.isMissing(path),
  );
  if (found !== undefined) return found.startsWith("/") ? unfitAdvice(found, host.world) : null;
  const where = isSet ? "the PATH of the program" : "PATH";
  const message = `${shown(name)} is in no directory of ${where}`;
  return { rule: "missing-command", message, suggestion: "install it, or write its absolute path" };
}

/** Of what is there and cannot be executed, not by root either. */
function unfitAdvice(path: string, world: ConfigWorld): Advice | null {
  if (world.isDirectory(path)) {
    const message = `${shown(path)} is a directory, not a program`;
    return { rule: "unfit-command", message, suggestion: "name a program in it" };
  }
  if (!world.isNotExecutable(path)) return null;
  const message = `${shown(path)} is not executable`;
  const suggestion = "make it executable with chmod +x, or name the program that reads it";
  return { rule: "unfit-command", message, suggestion };
}

/** The environment of a command; null where its PATH is not known. */
function environmentFor(
  key: string,
  config: ProcessConfig,
  group: string,
  { variablesIn, environment }: Host,
): Variables | null {
  const isOwn = config.environment["PATH"] !== undefined;
  const files = isOwn ? [] : config.envFiles.map(({ path }) => [path, variablesIn(path)] as const);
  const isUnknown = files.some(([, read]) => !read.ok && read.error.errno !== "ENOENT");
  if (isUnknown || (!isOwn && config.envCommand !== null && key !== "env_command")) return null;
  const gathered = {
    ...NOTHING_GATHERED,
    files: files.flatMap(([path, read]) => (read.ok ? [{ path, variables: read.value }] : [])),
  };
  return programEnvironment(config, group, { environment, serverUrl: null }, gathered);
}

function shown(text: string): string {
  return printable(redactPatterns(text));
}
