// The command of an `exec:` check: it runs as its program does, with the same user, directory and environment.

import type { ProcessKey } from "../base/ids.ts";
import { ok, type Result } from "../base/result.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { Gathered } from "../environment/gathered.ts";
import {
  type Candidate,
  type CommandPlan,
  type CommandProblem,
  commandProblem,
  planCommand,
} from "./find-command.ts";
import { environmentStrings, type LaunchContext, programEnvironment } from "./launch.ts";
import { signalName } from "./signals.ts";
import {
  isHostFailure,
  type SpawnStage,
  type SpawnSubject,
  spawnErrorText,
  unusableOf,
} from "./spawn-errors.ts";

/** A command to run, as data. */
export interface CheckCommand {
  /** Whose check it is. */
  readonly key: ProcessKey;
  readonly candidates: readonly Candidate[];
  readonly argv: readonly string[];
  /** `KEY=value` strings. */
  readonly env: readonly string[];
  readonly cwd: string | null;
  readonly umask: number | null;
  /** To run as; null for the daemon's own. */
  readonly uid: number | null;
  readonly softFileLimit: number;
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

/** Why a check command could not be started: "can't find command 'pg_isready'". */
export function checkStartError(
  command: CheckCommand,
  { stage, errno, index = -1 }: { stage: SpawnStage; errno: string; index?: number },
): string {
  const plan: CommandPlan = command;
  if (stage === "find" && !isHostFailure(stage, errno)) {
    return commandProblem(plan, unusableOf(errno), index).text;
  }
  const argv0 = command.argv[0] ?? "";
  const { cwd: directory, uid } = command;
  const subject: SpawnSubject = { name: argv0, argv0, directory, uid };
  return spawnErrorText(subject, stage, errno);
}

/** How a check command ended. @param said its last line; empty for none */
export function checkExitText(
  { exitCode, signal }: { readonly exitCode: number | null; readonly signal: number | null },
  said: string,
): string {
  const how = signal === null ? `exit status ${exitCode ?? 0}` : `killed by ${signalName(signal)}`;
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
