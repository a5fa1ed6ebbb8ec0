// Messages about wrong values of own options, one line each, with the place, the option, the value and what may be written:
// test/golden/config-values.txt. `WRITE_GOLDEN=1` writes it anew.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

const GOLDEN = "test/golden/config-values.txt";

/** Options of a program, in line 6. */
const OF_PROGRAMS = [
  "env_file=,?",
  "env_file=/none.env",
  "env_command=/bin/sh -c 'x",
  "env_command=vault read x | jq .y",
  "ready_check=exec:test -d /tmp || exit 1",
  "ready_check=exec:pg_isready && echo ok > /dev/null",
  "ready_check=exec:true; true",
  "env_command=cat;sort /etc/b",
  "health_check=exec:curl -f localhost:$PORT",
  'health_check=exec:"curl -f localhost"',
  "health_check=exec:curl \\\n  -f localhost",
  "health_check=exec:sh -c 'curl x || exit 1'",
  "health_check=exec:sh -c 'x",
  "health_check=exec:A=1 curl x",
  "env_command=A=1 vault read",
  "ready_timeout=5s",
  "catch_up=once",
  "env_command_timeout=0",
  "env_command_timeout=x",
  "user_env=maybe",
  "environment_pass=A B",
  "log_format=xml",
  "log_timestamp=never",
  "log_create_dirs=2",
  "log_rate_limit=fast",
  "stdout_logfile=@nowhere",
  "stdout_logfile_mode=rw",
  "stdout_logfile_owner=nobodyatall",
  "stdout_logfile_owner=root:nogroupx",
  "stdout_logfile_rotate=yearly",
  "stdout_logfile_compress=bz2",
  "essential=perhaps",
  "health_check=log:ready",
  "health_check=http://127.0.0.1:8000/ 20x",
  "health_action=kill",
  "health_retries=0",
  "health_timeout=0",
  "max_memory=lots",
  "health_retries=1001",
  "max_memory=0",
  "max_age=0s",
  "type=oneshot\nmax_age=1d",
  "ready_check=tcp://127.0.0.1:80\nready_timeout=0",
  "ready_check=tcp://127.0.0.1:80\nready_interval=99ms",
  "ready_check=fd:3\nhealth_check=notify",
  "type=oneshot\nready_check=tcp://127.0.0.1:80",
  "overlap=maybe",
  "health_interval=5s",
  "max_age_jitter=0.5",
];

/** Options of the daemon, in line 3. */
const OF_DAEMON = ["exit_on=sometimes", "shutdown_grace=x", "max_total=lots", "max_total=1"];

function check(...lines: readonly string[]): readonly string[] {
  return said("", lines.join("\n"));
}

function said(daemon: string, program: string): readonly string[] {
  const text = `[supervisord]\nuser=root\n${daemon}\n[program:web]\ncommand=/bin/cat\n${program}\n`;
  return checkConfig("/c", fakeWorld({ "/c": text })).map(formatProblem);
}

test("the messages are those of the golden file", () => {
  const blocks = [
    ...OF_PROGRAMS.map(
      (option) => `# ${option.replaceAll("\n", " ")}\n${said("", option).join("\n")}\n`,
    ),
    ...OF_DAEMON.map((option) => `# ${option}\n${said(option, "").join("\n")}\n`),
  ];
  const all = blocks.join("\n");
  if (process.env["WRITE_GOLDEN"] === "1") writeFileSync(GOLDEN, all);
  assert.equal(all, readFileSync(GOLDEN, "utf8"));
});

test("FOO=bar before a command, without its value, which may be a secret", () => {
  const text = "[supervisord]\nuser=root\n[program:web]\ncommand=PASSWORD=hunter2 /bin/cat\n";
  const [problem = "", ...more] = checkConfig("/c", fakeWorld({ "/c": text })).map(formatProblem);
  assert.deepEqual(more, []);
  assert.match(problem, /warning: .*the variable PASSWORD is taken for the name of a program/);
  assert.doesNotMatch(problem, /hunter2/);
});

test("sound values of checks and limits have no message", () => {
  const health = ["health_check=tcp://127.0.0.1:80", "health_interval=5s", "health_action=report"];
  const all = check(...health, "max_age=1d", "max_age_jitter=0.2", "max_memory=1GB");
  assert.deepEqual(
    all.filter((each) => /health|max_/.test(each)),
    [],
  );
  const ready = ["ready_check=tcp://127.0.0.1:80", "ready_timeout=1s", "ready_interval=100ms"];
  assert.deepEqual(check(...ready), []);
  assert.deepEqual(check("ready_check=notify", "health_check=notify"), []);
});
