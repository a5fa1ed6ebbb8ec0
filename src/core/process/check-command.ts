// The command of an `exec:` check: it runs as its program does, with the same user, directory and environment.

import type { ProcessKey } from "../base/ids.ts";
import { ok, type Result } from "../base/result.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { Gathered } from "../environment/gathered.ts";
import { type CommandExit, exitText } from "./command-outcome.ts";
import { type CommandProblem, planCommand } from "./find-command.ts";
import {
  type CommandSpec,
  environmentStrings,
  type LaunchContext,
  programEnvironment,
} from "./launch.ts";

/** A command to run, perhaps often. */
export interface CheckCommand extends CommandSpec {
  /** Of the process that is checked. */
  readonly key: ProcessKey;
  /** To run as; null for the daemon's own. It is looked up for each run. */
  readonly uid: number | null;
}

/** The program that is checked. */
export interface CheckedProgram {
  readonly key: ProcessKey;
  readonly group: string;
  readonly config: ProcessConfig;
}

/** Which file a check command may mean, and what it runs with. The error says why it cannot be run. */
export function planCheck(
  { key, group, config }: CheckedProgram,
  command: string,
  context: LaunchContext,
  gathered: Gathered,
): Result<CheckCommand, CommandProblem> {
  const environment = programEnvironment(config, group, context, gathered);
  const plan = planCommand({ ...config, command }, environment, context.builtInCommand ?? null);
  if (!plan.ok) return plan;
  const { directory: cwd, umask, uid } = config;
  const env = environmentStrings(environment);
  const { softFileLimit } = context;
  return ok({ key, ...plan.value, env, cwd, umask, uid, softFileLimit });
}

/** How a check command ended. @param said its last line; empty for none */
export function checkExitText(exit: CommandExit, said: string): string {
  const how = exitText(exit);
  return said === "" ? how : `${how}: ${said}`;
}

/** Why no command can be run for a user. @param errno of the lookup; null when there is no such user */
export function checkUserError(uid: number, errno: string | null): string {
  return errno === null
    ? `there is no user with the number ${uid}`
    : `the lookup of user ${uid} failed: ${errno}`;
}

/** The daemon is not root, and cannot become another user. */
export function checkRightsError(uid: number): string {
  return `cannot run as user ${uid}: the daemon does not run as root`;
}
