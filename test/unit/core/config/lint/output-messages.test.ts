// What is said about wrong values of the options for environments, logs, and the end of containers: one line each, which has the
// place, the option, the given value and what may be written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

const DURATION = "write 90s, 5m, 1h30m or 500ms";
const BOOLEAN = "(write true or false)";

/** Options of a program, and what is said behind `file:line: ` and the option. */
const OF_PROGRAMS: readonly (readonly [option: string, severity: string, said: string])[] = [
  ["env_file=,?", "error", "not a valid list of files: ',?': write /etc/a.env, ?/etc/b.env"],
  [
    "env_file=/none.env",
    "error",
    "/none.env: it does not exist (? before its name would allow that); every start will fail",
  ],
  [
    "env_command=/bin/sh -c 'x",
    "error",
    "env_command cannot be split into words (No closing quotation); every start will fail (close the quotation, or escape it with a backslash)",
  ],
  [
    "env_command=vault read x | jq .y",
    "warning",
    "env_command gets `|` literally: the command is not run by a shell (run it by /bin/sh -c '...', or put it into a script)",
  ],
  ["env_command_timeout=0", "error", "env_command_timeout must be at least 1ms, not 0s"],
  ["env_command_timeout=x", "error", `not a valid duration: 'x': ${DURATION}`],
  ["user_env=maybe", "error", `not a valid boolean value: 'maybe' ${BOOLEAN}`],
  ["environment_pass=A B", "error", "not the name of a variable: 'A B': write PATH,LC_*"],
  ["log_format=xml", "error", "not a valid log format: 'xml': it is raw, prefix, json or logfmt"],
  [
    "log_timestamp=never",
    "error",
    "not a valid log timestamp: 'never': it is none, time, iso, iso-ms, utc or unix",
  ],
  ["log_create_dirs=2", "error", `not a valid boolean value: '2' ${BOOLEAN}`],
  [
    "log_rate_limit=fast",
    "error",
    "not a valid limit of lines: 'fast': write 1000/s for a thousand lines in a second, or 5000/10s",
  ],
  [
    "stdout_logfile=@nowhere",
    "warning",
    "'@nowhere' is the name of a file in the daemon's directory (targets are @stdout, @stderr and @journal; a file is ./@NAME)",
  ],
  ["stdout_logfile_mode=rw", "error", "not the mode of a file: 'rw': it is octal, 0 to 0777"],
  [
    "stdout_logfile_owner=nobodyatall",
    "error",
    "Invalid user name nobodyatall (create the user, or name one that exists)",
  ],
  [
    "stdout_logfile_owner=root:nogroupx",
    "error",
    "Invalid group name nogroupx (create the group, or name one that exists)",
  ],
  [
    "stdout_logfile_rotate=yearly",
    "error",
    "not a valid rotation period: 'yearly': it is hourly, daily, weekly or monthly",
  ],
  [
    "stdout_logfile_compress=bz2",
    "error",
    "not a valid compression: 'bz2': it is none, gzip or zstd",
  ],
  ["essential=perhaps", "error", `not a valid boolean value: 'perhaps' ${BOOLEAN}`],
];

const OF_DAEMON: typeof OF_PROGRAMS = [
  [
    "exit_on=sometimes",
    "error",
    "not a valid exit rule: 'sometimes': it is never, fatal, exit, any or all",
  ],
  ["shutdown_grace=x", "error", `not a valid duration: 'x': ${DURATION}`],
  ["max_total=lots", "error", "'lots' is not a whole number (sizes may end in KB, MB or GB)"],
  ["max_total=1", "error", "max_total must be 0 or at least 1MB, not 1"],
];

function said(daemon: string, program: string): readonly string[] {
  const text = `[supervisord]\nuser=root\n${daemon}\n[program:web]\ncommand=/bin/cat\n${program}\n`;
  return checkConfig("/c", fakeWorld({ "/c": text })).map(formatProblem);
}

for (const [option, severity, expected] of OF_PROGRAMS) {
  test(`of a program: ${option}`, () => {
    const [key = ""] = option.split("=");
    assert.deepEqual(said("", option), [`/c:6: ${severity}: [program:web] ${key}: ${expected}`]);
  });
}

for (const [option, severity, expected] of OF_DAEMON) {
  test(`of the daemon: ${option}`, () => {
    const [key = ""] = option.split("=");
    assert.deepEqual(said(option, ""), [`/c:3: ${severity}: [supervisord] ${key}: ${expected}`]);
  });
}
