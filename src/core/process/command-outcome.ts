// How a command ended that is no program: that of an `exec:` check or of env_command=.

import { commandProblem } from "./find-command.ts";
import type { CommandSpec } from "./launch.ts";
import { signalName } from "./signals.ts";
import { isHostFailure, type SpawnStage, spawnErrorText, unusableOf } from "./spawn-errors.ts";

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
