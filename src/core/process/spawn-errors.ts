// Why a program could not be started, in words (Supervisor, section 4.6), and whether that says anything about it.

import type { ProcessConfig } from "../config/model.ts";
import type { Unusable } from "./find-command.ts";
import { START_LIMIT_MS } from "./model.ts";

/**
 * The step of a start. `pipe`, `terminal` and `fork` are the daemon's side; the rest happens in the child. `crowd`: too
 * many starts hang already.
 */
export type SpawnStage =
  | "pipe"
  | "terminal"
  | "fork"
  | "session"
  | "stdio"
  | "find"
  | "rlimit"
  | "groups"
  | "gid"
  | "uid"
  | "chdir"
  | "exec"
  | "crowd";

/** What a start is doing, for when it takes too long: also before there is a child. */
export type StartActivity = SpawnStage | "user" | "socket" | "turn" | "env_file" | "env_command";

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

/** Whether a failed step says nothing about the program: it would have failed for any other. */
export function isHostFailure(stage: SpawnStage, errno: string): boolean {
  return stage === "crowd" || OF_HOST.has(errno);
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

/** The spawnerr of a failed step. @param errno for example "EACCES"; of a terminal, what is wrong with it in words */
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
    case "crowd":
      return `'${name}' is not started, because too many starts already hang: ETIMEDOUT`;
    case "session":
    case "stdio":
    case "find":
    case "rlimit":
      return `couldn't prepare the process of '${name}' (${stage}): ${errno}`;
  }
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
    case "find":
      return late(`find ${argv0}`);
    default:
      return late(directory === null ? "start" : `enter ${directory} and start`);
  }
}

// How long a start may take until its program executes.

/** Milliseconds. The time of env_command is its own. */
export function startLimitMs({
  envCommand,
  envCommandTimeout,
}: Pick<ProcessConfig, "envCommand" | "envCommandTimeout">): number {
  return START_LIMIT_MS + (envCommand === null ? 0 : envCommandTimeout * 1000);
}
