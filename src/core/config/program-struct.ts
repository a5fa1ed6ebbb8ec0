// A program that is added at run time, from a struct of options instead of a section of a file.

import { err, ok, type Result } from "../base/result.ts";
import type { Config, ConfigError, ConfigNotice, ProcessConfig } from "./model.ts";
import { readProcesses } from "./programs.ts";
import type { RawOption, RawSection } from "./raw.ts";
import { createReading, namesAt } from "./reading.ts";
import type { ConfigWorld } from "./world.ts";

/** Where messages say that such a program comes from. */
const FILE = "(added at run time)";

export interface ProgramStruct {
  /** The group it is to run in. */
  readonly group: string;
  /** `x` of the `[program:x]` that it would be in a file. */
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

export interface StructPrograms {
  readonly processes: readonly ProcessConfig[];
  readonly notices: readonly ConfigNotice[];
}

/** Reads a program with all rules of the file; `config` gives it its directory and the daemon's environment. */
export function readProgramStruct(
  program: ProgramStruct,
  { daemon }: Pick<Config, "daemon">,
  world: ConfigWorld,
): Result<StructPrograms, ConfigError> {
  const options = new Map<string, RawOption>();
  for (const [written, value] of Object.entries(program.options)) {
    const key = written.toLowerCase();
    options.set(key, { key, value, file: FILE, line: 0, cuts: [] });
  }
  const section: RawSection = { name: `program:${program.name}`, file: FILE, line: 0, options };
  const raw = { sections: new Map([[section.name, section]]), defaults: new Map() };
  const files = { configFile: daemon.configFile, here: daemon.here };
  const reading = createReading(raw, world, files);
  for (const [name, value] of Object.entries(daemon.environment)) {
    reading.environ.set(`ENV_${name}`, value);
  }
  const processes = readProcesses(reading, section, program.group).map((process) => {
    const places = namesAt(Object.keys(daemon.environment), daemon.configFile);
    return {
      ...process,
      environment: { ...daemon.environment, ...process.environment },
      environmentPlaces: { ...places, ...process.environmentPlaces },
    };
  });
  const [problem] = reading.problems;
  return problem === undefined ? ok({ processes, notices: reading.notices }) : err(problem);
}
