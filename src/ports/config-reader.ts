// Reads configurations without blocking the caller: files, directories and accounts that a user names may not answer.

import type { Result } from "../core/base/result.ts";
import type { DecidedProgram, RefusedDecision, WantedDecision } from "../core/config/decisions.ts";
import type { EffectiveOption } from "../core/config/effective.ts";
import type { ProgramStruct, StructPrograms } from "../core/config/groups.ts";
import type { Config, ConfigError } from "../core/config/model.ts";

/** A configuration that a daemon might start over with. */
export interface RestartPlan {
  readonly config: Config;
  /** Why the daemon could not restart with it, as far as is known now; null for no reason. */
  readonly reason: string | null;
}

/** The configuration with a decision of an operator, and what that means for each program it names. */
export interface DecidedConfig {
  readonly config: Config;
  readonly decided: readonly DecidedProgram[];
}

/**
 * Groups that are the same as in the configuration before, down to their lines, are the objects that it has.
 * Every reading ends within a limit; one that took longer is an error that names what did not answer.
 */
export interface ConfigReader {
  /** Reads the configuration again, with the command line of the daemon. */
  read(before: Config): Promise<Result<Config, ConfigError>>;
  /** The same, for a restart of a daemon that runs with `current`. */
  readForRestart(current: Config): Promise<Result<RestartPlan, ConfigError>>;
  /** Reads the configuration with another decision of an operator, and writes that decision if that is sound. */
  decide(
    wanted: WantedDecision,
    before: Config,
  ): Promise<Result<DecidedConfig, RefusedDecision | ConfigError>>;
  /** The options that a section has in its files now, with their places and without secrets; none if there is no such section. */
  readOptions(section: string): Promise<Result<readonly EffectiveOption[], ConfigError>>;
  /** Reads a program that is described at run time, with all rules of the file. */
  readProgram(
    program: ProgramStruct,
    current: Config,
  ): Promise<Result<StructPrograms, ConfigError>>;
}
