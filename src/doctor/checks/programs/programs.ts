// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { COMMAND_NOT_FOUND } from "./prog-001-command-not-found.ts";
import { NOT_EXECUTABLE } from "./prog-002-not-executable.ts";
import { MISSING_INTERPRETER } from "./prog-003-missing-interpreter.ts";
import { NO_SHEBANG } from "./prog-004-no-shebang.ts";
import { DIRECTORY } from "./prog-005-directory.ts";
import { PROGRAM_USER } from "./prog-006-user.ts";
import { COMMAND_QUOTES } from "./prog-007-quotes.ts";
import { GOES_BACKGROUND } from "./prog-008-goes-background.ts";
import { PROGRAM_ERROR } from "./prog-009-program-error.ts";
import { FLAPPING } from "./prog-010-flapping.ts";
import { STOP_LEAVES_CHILDREN } from "./prog-011-stop-leaves-children.ts";
import { ORPHAN } from "./prog-012-orphan.ts";
import { STOP_TAKES_LONG } from "./prog-013-stop-takes-long.ts";
import { HOME } from "./prog-014-home.ts";
import { LISTENER_UNKNOWN } from "./prog-015-listener-unknown.ts";
import { EVENTS_DROPPED } from "./prog-016-events-dropped.ts";
import { DELETED } from "./prog-017-deleted.ts";
import { GIVEN_UP } from "./prog-019-given-up.ts";
import { BLOCKED_PROGRAM } from "./prog-020-blocked.ts";
import { UNHEALTHY_PROGRAM } from "./prog-024-unhealthy.ts";
import { FOREIGN_PORT } from "./prog-025-foreign-port.ts";
import { MAX_MEMORY } from "./prog-026-max-memory.ts";
import { ENV_FILE } from "./prog-028-env-file.ts";
import { thenStart } from "./then-start.ts";

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
