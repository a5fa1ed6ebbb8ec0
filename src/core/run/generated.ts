// Sections that are generated for the programs of a Procfile or of the command line, so that the defaults and checks of a
// configuration file apply to them.

import { err, ok, type Result } from "../base/result.ts";
import { shellWord } from "../base/shell-word.ts";
import { fileError } from "../config/load.ts";
import type { Config, ConfigError, GroupConfig } from "../config/model.ts";
import { type DaemonArguments, NO_OVERRIDES } from "../config/overrides.ts";
import type { RawConfig, RawOption, RawSection } from "../config/raw.ts";
import { examine } from "../config/read.ts";
import { createReading } from "../config/reading.ts";
import type { ExitRule } from "../config/value-types.ts";
import type { ConfigWorld } from "../config/world.ts";

/** A program of a Procfile or of the command line. */
export interface Program {
  readonly name: string;
  /** Words, or a text for /bin/sh. */
  readonly command: readonly string[] | string;
  readonly directory: string;
  /** Its variables besides those of all programs. */
  readonly environment: Readonly<Record<string, string>>;
  /** 1-based, in the Procfile; 0 for the command line. */
  readonly line: number;
}

/** Programs, and the place that they are from. */
export interface Source {
  readonly programs: readonly Program[];
  /** The Procfile; another name for the command line. */
  readonly file: string;
  /** The directory that relative paths begin at. */
  readonly here: string;
}

const NO_RESTARTS = { autorestart: "false", startsecs: "0" };

/**
 * The options of restarts for each exit rule: an exit that ends the run causes no restart. With startsecs=1, an exit with 0 within
 * a second would be a failed start; `exit` therefore gives up by restart_limit, after the waits and tries of startsecs=1: the
 * waits are 6 s together, so 4 failures within 9 s are runs of less than a second.
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

/** The configuration of generated sections, without variables. Its groups are in the order of the programs. */
export function generate(
  { programs, file, here }: Source,
  exitOn: ExitRule,
  world: ConfigWorld,
): Result<Config, ConfigError> {
  const sections = [
    sectionOf("supervisord", file, 0, { exit_on: exitOn, minfds: "1", minprocs: "1" }),
    ...programs.map(({ name, command, directory, line }) =>
      sectionOf(`program:${name}`, file, line, {
        command: literally(commandLine(command)),
        directory: literally(directory),
        ...RESTARTS[exitOn],
        // A shell may remain the parent of the program.
        ...{ stopasgroup: "true", killasgroup: "true" },
      }),
    ),
  ];
  const raw: RawConfig = {
    sections: new Map(sections.map((section) => [section.name, section])),
    defaults: new Map(),
  };
  const reading = createReading(raw, world, { configFile: file, here });
  const loaded = { raw, notices: [], warnings: [], failures: [] };
  const nothing: DaemonArguments = { configFile: file, searchPaths: [], overrides: NO_OVERRIDES };
  const examined = examine(nothing, loaded, reading);
  const [problem] = examined?.problems ?? [];
  if (problem !== undefined) return err(problem);
  if (examined === null) return err(fileError("value", "there is nothing to run", file));
  return ok(inOrder(examined.config, programs));
}

/** Sorts the groups as written. Groups start in this order; they stop by priority, which is the same for all here. */
function inOrder(config: Config, programs: readonly Program[]): Config {
  const places = new Map(programs.map(({ name }, place) => [name, place]));
  const placeOf = ({ name }: GroupConfig): number => places.get(name) ?? programs.length;
  return { ...config, groups: [...config.groups].sort((a, b) => placeOf(a) - placeOf(b)) };
}

function sectionOf(
  name: string,
  file: string,
  line: number,
  options: Readonly<Record<string, string>>,
): RawSection {
  const entries = Object.entries(options).map(([key, value]): [string, RawOption] => [
    key,
    { key, value, file, line, cuts: [] },
  ]);
  return { name, file, line, options: new Map(entries) };
}

/** Escapes `%`, which begins an expansion. */
function literally(text: string): string {
  return text.replaceAll("%", "%%");
}

function commandLine(command: readonly string[] | string): string {
  const words = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  return words.map(shellWord).join(" ");
}
