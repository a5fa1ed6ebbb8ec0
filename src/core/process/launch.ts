// What exec needs to start a program, computed from its configuration (Supervisor, section 4.7).

import type { ProcessConfig } from "../config/model.ts";
import type { Gathered, UserEntry } from "../environment/layers.ts";
import { environmentLayers, mergeLayers } from "../environment/layers.ts";
import type { Candidate } from "./find-command.ts";

/** A command to execute, as data. Everything that exec needs, nothing that must be looked up later. */
export interface CommandSpec {
  /** The files that the command may mean: see `planCommand`. */
  readonly candidates: readonly Candidate[];
  readonly argv: readonly string[];
  /** `KEY=value` strings. */
  readonly env: readonly string[];
  /** Changed to after dropping rights, so with the target user's; null stays. */
  readonly cwd: string | null;
  readonly umask: number | null;
  /** Soft RLIMIT_NOFILE; the hard limit stays. */
  readonly softFileLimit: number;
}

/** A program to start. */
export interface LaunchSpec extends CommandSpec {
  /** Drop to this user: gid, supplementary groups, then uid. */
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  } | null;
  /** stderr shares stdout's pipe. */
  readonly redirectStderr: boolean;
  /** Descriptor to become the program's stdin instead of a pipe (FastCGI); null for a pipe. */
  readonly stdinFd: number | null;
  /** The program's descriptor, and ours that becomes it, besides those three. */
  readonly passed?: readonly { readonly target: number; readonly source: number }[];
  /** stdin, stdout and stderr are one pseudo-terminal, which controls the session that the program leads. */
  readonly tty: boolean;
  /** Its last starts failed through the host: then it is not to use up what others need to start. */
  readonly isSuspect: boolean;
}

/** What surrounds every program of the daemon. */
export interface LaunchContext {
  /** The daemon's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** SUPERVISOR_SERVER_URL, computed from the servers; null when there is none. */
  readonly serverUrl: string | null;
  readonly softFileLimit: number;
  /** What runs a command of BUILT_IN_COMMANDS that the host does not have: tsv's executable; null from the sources. */
  readonly builtInCommand?: string | null;
}

/** The user to run as, looked up on the host. */
export interface LaunchUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly entry: UserEntry;
}

/**
 * The environment of a program: see `environmentLayers`, of which later ones win. `environment=` may override even SUPERVISOR_*,
 * as in Supervisor.
 * @param gathered for a start of it, or for a run
 */
export function programEnvironment(
  program: ProcessConfig,
  group: string,
  context: Pick<LaunchContext, "environment" | "serverUrl">,
  gathered: Gathered,
): Readonly<Record<string, string>> {
  return mergeLayers(environmentLayers(program, group, context, gathered));
}

/** `KEY=value` strings as execve(2) takes them. */
export function environmentStrings(environment: Readonly<Record<string, string>>): string[] {
  const strings: string[] = [];
  for (const key in environment) strings.push(`${key}=${environment[key]}`);
  return strings;
}
