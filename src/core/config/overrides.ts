// What a command line says of the configuration: which file is read, and what is set over it.

import type { LogLevel } from "./model.ts";

/** What the command line sets over the configuration file; a flag can only switch on. */
export interface DaemonOverrides {
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly nocleanup: boolean;
  readonly stripAnsi: boolean;
  readonly user: string | null;
  readonly umask: number | null;
  readonly directory: string | null;
  readonly logfile: string | null;
  readonly logfileMaxBytes: number | null;
  readonly logfileBackups: number | null;
  readonly logLevel: LogLevel | null;
  readonly pidfile: string | null;
  readonly identifier: string | null;
  readonly childLogDir: string | null;
  readonly minfds: number | null;
  readonly minprocs: number | null;
}

/** A command line of supervisord, read. */
export interface DaemonArguments {
  /** `-c` verbatim, or null to search. */
  readonly configFile: string | null;
  readonly searchPaths: readonly string[];
  readonly overrides: DaemonOverrides;
}

/** A command line of supervisorctl, read. */
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
