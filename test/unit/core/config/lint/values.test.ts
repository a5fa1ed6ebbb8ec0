// Messages about wrong values of own options, one line each, with the place, the option, the value and what may be written.

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

function check(...lines: readonly string[]): readonly string[] {
  return said("", lines.join("\n"));
}

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

test("an option of health without its check has no effect", () => {
  const [said = "", ...more] = check("health_interval=5s").filter((each) => /health/.test(each));
  assert.deepEqual(more, []);
  assert.match(said, /c:6: warning: .*health_interval has no effect without health_check/);
  assert.match(check("max_age_jitter=0.5").join("\n"), /no effect without max_age/);
});

test("with it, all is well", () => {
  const health = ["health_check=tcp://127.0.0.1:80", "health_interval=5s", "health_action=report"];
  const all = check(...health, "max_age=1d", "max_age_jitter=0.2", "max_memory=1GB");
  assert.deepEqual(
    all.filter((each) => /health|max_/.test(each)),
    [],
  );
});

test("a wrong value is an error with the line, the value and what is allowed", () => {
  for (const [line, said] of [
    ["health_check=log:up", /c:6: error: .*not a valid health_check: 'log:up': write tcp:/],
    ["health_action=kill", /c:6: error: .*'kill': it is restart, report or signal:NAME/],
    ["health_retries=0", /c:6: error: .*health_retries must be at least 1, not 0/],
    ["health_timeout=0", /c:6: error: .*health_timeout must be at least 1ms, not 0s/],
    ["max_memory=lots", /c:6: error: .*'lots' is not a whole number \(sizes may end in KB/],
    ["health_retries=1001", /c:6: error: .*health_retries must be at most 1000, not 1001/],
    ["max_memory=0", /c:6: error: .*max_memory must be at least 1, not 0/],
    ["max_age=0s", /c:6: error: .*max_age must be at least 1ms, not 0s/],
    ["type=oneshot\nmax_age=1d", /c:7: error: .*max_age is not for type=oneshot/],
  ] as const) {
    assert.match(check(line).join("\n"), said);
  }
});
