// The variables of all programs of a run: files of the command line or beside the Procfile, and the PORT that the Procfile's ports
// begin with.

import { printable } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { parseEnvFiles } from "../config/env-sources.ts";
import { fileError } from "../config/load.ts";
import type { Config, ConfigError, GroupConfig } from "../config/model.ts";
import type { EnvFileValue } from "../config/value-types.ts";
import type { ConfigWorld } from "../config/world.ts";
import { readVariables } from "../environment/file-problems.ts";
import { PORT_RANGE, parsePort, type RunArguments } from "./arguments.ts";
import type { Program } from "./generated.ts";

const FIRST_PORT = 5000;
/** Characters of an invalid value that a message shows. */
const MOST_SHOWN = 40;

/** A PORT that is set, and not empty. */
interface GivenPort {
  readonly value: string;
  /** null for the environment. */
  readonly file: string | null;
  readonly line: number | null;
}

/** The PORT of the environment. */
export function environmentPort({ env }: ConfigWorld): GivenPort | null {
  const { PORT: value = "" } = env;
  return value === "" ? null : { value, file: null, line: null };
}

/** The first port of the Procfile's processes. @param given null for the default */
export function portOf(given: GivenPort | null): Result<number, ConfigError> {
  if (given === null) return ok(FIRST_PORT);
  const port = parsePort(given.value);
  if (port !== null) return ok(port);
  const { value, file, line } = given;
  const shown = value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value;
  const at = file === null ? "the environment" : `${file}:${line}`;
  const text = `${at}: PORT is ${PORT_RANGE}, not '${printable(shown)}'`;
  return err({ ...fileError("value", text, file), line });
}

/** Files that give all programs variables, and the last PORT in them. */
interface GivenFiles {
  readonly files: readonly EnvFileValue[];
  readonly port: GivenPort | null;
}

/**
 * The files of variables, and the PORT that they set. Each start of a program reads the files again; they are read here so that
 * a mistake ends the run before it begins.
 * @param usual the files if the command line names none
 */
export function filesOf(
  { envFiles }: RunArguments,
  usual: readonly EnvFileValue[],
  world: ConfigWorld,
): Result<GivenFiles, ConfigError> {
  const named = envFiles === null ? ok(usual) : parseEnvFiles(envFiles.join(","), world);
  if (!named.ok) return err(fileError("value", `-e: ${named.error}`, null));
  let port: GivenPort | null = null;
  for (const { path, isOptional } of named.value) {
    const read = readVariables(path, world);
    if (read.ok) {
      const last = read.value.findLast(({ name }) => name === "PORT");
      if (last !== undefined) port = last.value === "" ? null : { ...last, file: path };
      continue;
    }
    const { errno, line, text } = read.error;
    if (isOptional && errno === "ENOENT") continue;
    return err({ ...fileError(errno === null ? "bad-line" : "no-file", text, path), line });
  }
  return ok({ files: named.value, port });
}

/** Adds variables to all processes. @param programs those that have variables of their own */
export function withVariables(
  config: Config,
  files: readonly EnvFileValue[],
  programs: readonly Pick<Program, "name" | "environment">[],
): Config {
  const environments = new Map(programs.map(({ name, environment }) => [name, environment]));
  const groups = config.groups.map((group): GroupConfig => {
    const processes = group.processes.map((process) => {
      const own = environments.get(process.programName) ?? {};
      const environment = { ...own, ...process.environment };
      return { ...process, environment, envFiles: [...files, ...process.envFiles] };
    });
    return { ...group, processes };
  });
  return { ...config, groups };
}
