// Reads configurations without blocking the caller: files, directories and accounts that a user names may not answer.

import type { Result } from "../core/base/result.ts";
import type { ProgramStruct, StructPrograms } from "../core/config/groups.ts";
import type { Config, ConfigError } from "../core/config/model.ts";

/** A configuration that a daemon might start over with. */
export interface RestartPlan {
  readonly config: Config;
  /** Why the daemon could not restart with it, as far as is known now; null for no reason. */
  readonly reason: string | null;
}

/** Every reading ends within a limit; one that took longer is an error that names what did not answer. */
export interface ConfigReader {
  /** Reads the configuration again, with the command line of the daemon. */
  read(): Promise<Result<Config, ConfigError>>;
  /** The same, for a restart of a daemon that runs with `current`. */
  readForRestart(current: Config): Promise<Result<RestartPlan, ConfigError>>;
  /** Reads a program that is described at run time, with all rules of the file. */
  readProgram(
    program: ProgramStruct,
    current: Config,
  ): Promise<Result<StructPrograms, ConfigError>>;
}
