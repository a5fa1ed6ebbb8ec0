// The command of an `exec:` check: it runs as its program does, with the same user, directory and environment.

import type { ProcessKey } from "../base/ids.ts";
import { ok, type Result } from "../base/result.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { Gathered } from "../environment/layers.ts";
import { type CommandProblem, commandProblem, planCommand } from "./find-command.ts";
import {
  type CommandSpec,
  environmentStrings,
  type LaunchContext,
  programEnvironment,
} from "./launch.ts";
import { signalName } from "./signals.ts";
import { isHostFailure, type SpawnStage, spawnErrorText, unusableOf } from "./spawn-errors.ts";

/** A command to run, perhaps often. */
export interface CheckCommand extends CommandSpec {
  /** Of the process that is checked. */
  readonly key: ProcessKey;
  /** To run as; null for the daemon's own. It is looked up for each run. */
  readonly uid: number | null;
}

/** The program that is checked. */
interface CheckedProgram {
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

// How a command ended that is no program: that of an `exec:` check or of env_command=.

/** As wait(2) has it; one of the two is null. */
export interface CommandExit {
  readonly exitCode: number | null;
  readonly signal: number | null;
}

/** The step of its start that failed. */
interface StartFailure {
  readonly stage: SpawnStage;
  readonly errno: string;
  /** Of the candidate that is there, for `find`. */
  readonly index?: number;
}

/** "exit status 1", "killed by SIGKILL". */
export function exitText({ exitCode, signal }: CommandExit): string {
  return signal === null ? `exit status ${exitCode ?? 0}` : `killed by ${signalName(signal)}`;
}

/** Why a command could not be started: "can't find command 'pg_isready'". @param uid it was to run as; null for the daemon's own */
export function commandStartError(
  command: CommandSpec,
  uid: number | null,
  { stage, errno, index = -1 }: StartFailure,
): string {
  if (stage === "find" && !isHostFailure(stage, errno)) {
    return commandProblem(command, unusableOf(errno), index).text;
  }
  const argv0 = command.argv[0] ?? "";
  return spawnErrorText({ name: argv0, argv0, directory: command.cwd, uid }, stage, errno);
}
