// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { COMMAND_NOT_FOUND, NOT_EXECUTABLE } from "./command.ts";
import { EVENTS_DROPPED, LISTENER_UNKNOWN } from "./event-listeners.ts";
import { COMMAND_QUOTES, FLAPPING, GIVEN_UP, PROGRAM_ERROR } from "./failures.ts";
import { GOES_BACKGROUND } from "./goes-background.ts";
import { FOREIGN_PORT, MAX_MEMORY, UNHEALTHY_PROGRAM } from "./health.ts";
import { BLOCKED_PROGRAM, DELETED, ORPHAN } from "./orphans.ts";
import { thenStart } from "./program.ts";
import { MISSING_INTERPRETER, NO_SHEBANG } from "./scripts.ts";
import { STOP_LEAVES_CHILDREN, STOP_TAKES_LONG } from "./stops.ts";
import { DIRECTORY, ENV_FILE, HOME, PROGRAM_USER } from "./surroundings.ts";

/** What they report keeps a program from being started. */
const START_CHECKS: readonly Check[] = [
  COMMAND_NOT_FOUND,
  NOT_EXECUTABLE,
  MISSING_INTERPRETER,
  NO_SHEBANG,
  DIRECTORY,
  PROGRAM_USER,
];

/** Whether findings of a code keep a program from being started. */
export function keepsFromStarting(code: string): boolean {
  return START_CHECKS.some((check) => check.code === code);
}

export const PROGRAM_CHECKS: readonly Check[] = [
  ...START_CHECKS.map(thenStart),
  COMMAND_QUOTES,
  GOES_BACKGROUND,
  PROGRAM_ERROR,
  FLAPPING,
  STOP_LEAVES_CHILDREN,
  ORPHAN,
  STOP_TAKES_LONG,
  HOME,
  LISTENER_UNKNOWN,
  EVENTS_DROPPED,
  DELETED,
  GIVEN_UP,
  BLOCKED_PROGRAM,
  UNHEALTHY_PROGRAM,
  FOREIGN_PORT,
  MAX_MEMORY,
  ENV_FILE,
];
