// The options of a program that say where its variables come from, beside environment=. Supervisor has none of them: there, a
// program gets all of the daemon's environment.

import type { OptionTable } from "./entry.ts";

/** Part of the table of [program:x]. */
export const ENVIRONMENT = {
  environmentPass: {
    key: "environment_pass",
    kind: "variable patterns",
    default: null,
    change: "restart",
    isOwn: true,
    sample: "PATH,LANG,LC_*",
    doc: "Variables of the daemon that it gets, with * and ?; all if not given.",
  },
  userEnv: {
    key: "user_env",
    kind: "boolean",
    default: "false",
    change: "restart",
    isOwn: true,
    isSampled: true,
    sample: "true",
    doc: "Set HOME, USER, LOGNAME and SHELL of its user.",
  },
  envFiles: {
    key: "env_file",
    kind: "env files",
    default: "",
    change: "restart",
    isEach: true,
    isOwn: true,
    sample: "?/etc/default/%(program_name)s",
    doc: "Files of NAME=value lines, read at each start; one with ? may be missing.",
  },
  envCommand: {
    key: "env_command",
    kind: "string",
    default: null,
    change: "restart",
    isEach: true,
    isOwn: true,
    sample: "/usr/local/bin/secrets app",
    doc: "Command that prints NAME=value lines; it runs as the user before each start.",
  },
  envCommandTimeout: {
    key: "env_command_timeout",
    kind: "duration",
    default: "10s",
    change: "restart",
    isOwn: true,
    doc: "Time after which env_command is killed, and the start has failed.",
  },
} as const satisfies OptionTable;
