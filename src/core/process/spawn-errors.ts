// Messages for failed starts (Supervisor, section 4.6), and which failures are the host's.

import type { ProcessConfig } from "../config/model.ts";
import { type CommandPlan, type CommandSpec, commandProblem, type Unusable } from "./launch.ts";
import { START_LIMIT_MS } from "./model.ts";
import { signalName } from "./signals.ts";

/** The step of a start. `pipe`, `terminal` and `fork` are the daemon's side; the rest happens in the child. */
export type SpawnStage =
  | "pipe"
  | "terminal"
  | "fork"
  | "session"
  | "stdio"
  | "find"
  | "cgroup"
  | "rlimit"
  | "nice"
  | "oom_score_adj"
  | "ionice"
  | "cpu_affinity"
  | "capabilities"
  | "groups"
  | "gid"
  | "uid"
  | "chdir"
  | "no_new_privs"
  | "exec";

/** What a start is doing, for when it takes too long: also before there is a child. */
export type StartActivity =
  | SpawnStage
  | "user"
  | "socket"
  | "turn"
  | "env_file"
  | "env_command"
  | "pre_start";

/** What the text is about. */
export interface SpawnSubject {
  readonly name: string;
  readonly argv0: string;
  readonly directory: string | null;
  readonly uid: number | null;
}

/** Errors of a machine that is out of something, or of a disk or server that does not answer. */
const OF_HOST: ReadonlySet<string> = new Set([
  "EAGAIN",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "ENOBUFS",
  "ETIMEDOUT",
]);

/** Whether a step failed because of the host: it would have failed for any program. */
export function isHostFailure(errno: string): boolean {
  return OF_HOST.has(errno);
}

/** What the errno of the step `find` means. */
export function unusableOf(errno: string): Unusable {
  switch (errno) {
    case "EISDIR":
      return "directory";
    case "ENOEXEC":
      return "not-executable";
    case "EACCES":
      return "not-permitted";
    default:
      return "missing";
  }
}

/** The spawnerr of a failed step. @param errno for example "EACCES"; for a terminal, the problem in words */
export function spawnErrorText(subject: SpawnSubject, stage: SpawnStage, errno: string): string {
  const { name } = subject;
  switch (stage) {
    case "pipe":
      return errno === "EMFILE" || errno === "ENFILE"
        ? `too many open files to spawn '${name}'`
        : `unknown error making dispatchers for '${name}': ${errno}`;
    case "terminal":
      return `couldn't give '${name}' a terminal: ${errno}`;
    case "fork":
      return errno === "EAGAIN"
        ? `Too many processes in process table to spawn '${name}'`
        : `unknown error during fork for '${name}': ${errno}`;
    case "groups":
      return `couldn't setuid to ${subject.uid}: Could not set groups of effective user: ${errno}`;
    case "gid":
      return `couldn't setuid to ${subject.uid}: Could not set group id of effective user: ${errno}`;
    case "uid":
      return `couldn't setuid to ${subject.uid}: ${errno}`;
    case "chdir":
      return `couldn't chdir to ${subject.directory}: ${errno}`;
    case "exec":
      return `couldn't exec ${subject.argv0}: ${errno}`;
    case "session":
    case "stdio":
    case "find":
    case "cgroup":
    case "rlimit":
    case "nice":
    case "oom_score_adj":
    case "ionice":
    case "cpu_affinity":
    case "capabilities":
    case "no_new_privs":
      return `couldn't prepare the process of '${name}' (${stage}): ${errno}`;
  }
}

/** A failed step of a start. */
interface FailedStep {
  readonly stage: SpawnStage;
  readonly errno: string;
  /** Of the candidate that is there, for `find`; of the write, the resource or the capability, for their steps. */
  readonly index?: number;
  /** The cause and what helps, if they are known. */
  readonly detail?: string;
}

/** Steps whose `detail` names an option. */
const LIMITS: ReadonlySet<SpawnStage> = new Set([
  ...(["cgroup", "rlimit", "nice", "oom_score_adj", "ionice", "cpu_affinity"] as const),
  ...(["capabilities", "no_new_privs"] as const),
]);

/** The text of a failed step. @param plan of the command whose start has failed */
export function stepError(
  plan: CommandPlan,
  subject: SpawnSubject,
  { stage, errno, index = -1, detail = errno }: FailedStep,
): string {
  if (stage === "find" && !isHostFailure(errno)) {
    return commandProblem(plan, unusableOf(errno), index).text;
  }
  if (detail !== errno && LIMITS.has(stage)) return `couldn't set ${detail}`;
  return spawnErrorText(subject, stage, detail);
}

/** The spawnerr of a start that was given up. @param limitMs after which */
export function lateText(subject: SpawnSubject, activity: StartActivity, limitMs: number): string {
  const { name, argv0, directory, uid } = subject;
  const late = (what: string): string =>
    `'${name}' took longer than ${limitMs / 1000} seconds to ${what}: ETIMEDOUT`;
  switch (activity) {
    case "user":
      return late(`look up its user ${uid}`);
    case "socket":
      return late("open its socket");
    case "env_file":
      return late("read its env_file");
    case "env_command":
      return late("run its env_command");
    case "pre_start":
      return late("run its pre_start");
    case "find":
      return late(`find ${argv0}`);
    default:
      return late(directory === null ? "start" : `enter ${directory} and start`);
  }
}

/** Limit for a start, in milliseconds. env_command and pre_start have their own time. */
export function startLimitMs({
  envCommand,
  envCommandTimeout,
  preStart,
  hookTimeout,
}: Pick<ProcessConfig, "envCommand" | "envCommandTimeout" | "preStart" | "hookTimeout">): number {
  const forCommand = envCommand === null ? 0 : envCommandTimeout * 1000;
  return START_LIMIT_MS + forCommand + (preStart === null ? 0 : hookTimeout * 1000);
}

// Commands that are no programs: those of `exec:` checks and of env_command=.

/** As wait(2) has it; one of the two is null. */
export interface CommandExit {
  readonly exitCode: number | null;
  readonly signal: number | null;
}

/** "exit status 1", "killed by SIGKILL". */
export function exitText({ exitCode, signal }: CommandExit): string {
  return signal === null ? `exit status ${exitCode ?? 0}` : `killed by ${signalName(signal)}`;
}

/** Why a command could not be started: "can't find command 'pg_isready'". @param uid it was to run as; null for the daemon's own */
export function commandStartError(
  command: CommandSpec,
  uid: number | null,
  step: FailedStep,
): string {
  const argv0 = command.argv[0] ?? "";
  return stepError(command, { name: argv0, argv0, directory: command.cwd, uid }, step);
}

/** The result of a check command. @param lastLine of its output; empty for none */
export function checkExitText(exit: CommandExit, lastLine: string): string {
  const how = exitText(exit);
  return lastLine === "" ? how : `${how}: ${lastLine}`;
}

/** Why no command can be run for a user. @param errno of the lookup; null when there is no such user */
export function checkUserError(uid: number, errno: string | null): string {
  return errno === null
    ? `there is no user with the number ${uid}`
    : `the lookup of user ${uid} failed: ${errno}`;
}

/** The daemon is not root, and cannot become another user. */
export function checkPermissionError(uid: number): string {
  return `cannot run as user ${uid}: the daemon does not run as root`;
}
