// The options of [program:x] that Supervisor does not have, but for those of each channel: see channel.ts. In the order of
// the manual.

import { own } from "./entry.ts";

/** Seconds. A check that is repeated more often would take the processor from the program. */
const SHORTEST_INTERVAL = 0.1;

/** Part of the table of [program:x]. */
export const PROGRAM_OWN = own({
  // Where variables come from, beside environment=.
  environmentPass: {
    key: "environment_pass",
    kind: "variable patterns",
    sample: "PATH,LANG,LC_*",
    doc: "Variables of the daemon that it gets, with * and ?; all if not given.",
  },
  userEnv: {
    key: "user_env",
    kind: "boolean",
    default: "false",
    isSampled: true,
    sample: "true",
    doc: "Set HOME, USER, LOGNAME and SHELL of its user.",
  },
  envFiles: {
    key: "env_file",
    kind: "env files",
    default: "",
    isEach: true,
    sample: "?/etc/default/%(program_name)s",
    doc: "Files of NAME=value lines, read at each start; one with ? may be missing.",
  },
  envCommand: {
    key: "env_command",
    kind: "string",
    isEach: true,
    sample: "/usr/local/bin/secrets app",
    doc: "Command that prints NAME=value lines; it runs as the user before each start.",
  },
  envCommandTimeout: {
    key: "env_command_timeout",
    kind: "duration",
    default: "10s",
    minimum: 0.001,
    doc: "Time after which env_command is killed, and the start has failed.",
  },
  // What a program needs of others.
  type: {
    key: "type",
    kind: "program type",
    default: "simple",
    doc: "simple, or oneshot for a program that does its work and exits.",
  },
  dependsOn: {
    key: "depends_on",
    kind: "dependencies",
    default: "",
    isEach: true,
    sample: "db, migrate:completed",
    doc: "Programs it needs, NAME[:CONDITION]: running, ready or completed.",
  },
  restartWith: {
    key: "restart_with",
    kind: "list",
    default: "",
    isEach: true,
    sample: "db",
    doc: "Programs it needs, and with which it is restarted.",
  },
  // When it is ready. For Supervisor, a program that stays up is RUNNING.
  readyCheck: {
    key: "ready_check",
    kind: "check",
    isEach: true,
    sample: "tcp://127.0.0.1:5432",
    doc: "How to find out that it is ready; it is RUNNING only then.",
  },
  readyTimeout: {
    key: "ready_timeout",
    kind: "duration",
    default: "1m",
    minimum: 0.001,
    doc: "A start that is not ready after this has failed.",
  },
  readyInterval: {
    key: "ready_interval",
    kind: "duration",
    default: "1s",
    minimum: SHORTEST_INTERVAL,
    doc: "Wait between two checks of ready_check.",
  },
  // When a run is no good any more although it lives: it does not answer, uses too much memory, or
  // is too old.
  healthCheck: {
    key: "health_check",
    kind: "check",
    isEach: true,
    sample: "http://127.0.0.1:8000/healthz",
    doc: "Where it answers as long as it is healthy; it is asked while it is RUNNING.",
  },
  healthInterval: {
    key: "health_interval",
    kind: "duration",
    default: "30s",
    minimum: SHORTEST_INTERVAL,
    doc: "Time from one health check to the next.",
  },
  healthTimeout: {
    key: "health_timeout",
    kind: "duration",
    default: "5s",
    minimum: 0.001,
    doc: "A health check that takes longer has failed.",
  },
  healthRetries: {
    key: "health_retries",
    kind: "integer",
    default: "3",
    minimum: 1,
    maximum: 1000,
    doc: "Failed health checks in a row after which it is unhealthy.",
  },
  healthStartPeriod: {
    key: "health_start_period",
    kind: "duration",
    default: "0s",
    sample: "1m",
    doc: "Failed checks do not count this long after a start, until one succeeds.",
  },
  healthAction: {
    key: "health_action",
    kind: "health action",
    default: "restart",
    doc: "What is done when it is unhealthy: restart, signal:NAME or report.",
  },
  maxMemory: {
    key: "max_memory",
    kind: "byte size",
    sample: "400MB",
    minimum: 1,
    doc: "Restart when it uses more memory with all its children.",
  },
  maxAge: {
    key: "max_age",
    kind: "duration",
    sample: "1d",
    minimum: 0.001,
    doc: "Restart when it has run this long.",
  },
  maxAgeJitter: {
    key: "max_age_jitter",
    kind: "fraction",
    default: "0.1",
    doc: "How much earlier than max_age at most, so that programs do not restart together.",
  },
  // When it is started again after a failure, and when not any more. Without them the rules are
  // Supervisor's.
  restartDelay: {
    key: "restart_delay",
    kind: "duration",
    sample: "5s",
    doc: "Wait before a restart; without it 1s after a failed start, none after an exit.",
  },
  restartBackoff: {
    key: "restart_backoff",
    kind: "backoff",
    default: "linear",
    doc: "How the wait grows with each failure: constant, linear or exponential.",
  },
  restartDelayMax: {
    key: "restart_delay_max",
    kind: "duration",
    sample: "5m",
    doc: "The longest wait before a restart.",
  },
  restartJitter: {
    key: "restart_jitter",
    kind: "fraction",
    default: "0",
    sample: "0.2",
    doc: "How much the wait differs at random, up and down.",
  },
  restartLimit: {
    key: "restart_limit",
    kind: "rate",
    sample: "5/1m",
    doc: "Give up after this many failures in this time, instead of startretries.",
  },
  fatalRetryAfter: {
    key: "fatal_retry_after",
    kind: "duration",
    sample: "10m",
    doc: "Try again this long after giving up.",
  },
  // When the clock starts it.
  schedule: {
    key: "schedule",
    kind: "schedule",
    sample: "0 3 * * *",
    doc: "When to start it: a cron expression with an optional time zone, @every 10m, @reboot.",
  },
  overlap: {
    key: "overlap",
    kind: "overlap",
    default: "skip",
    doc: "If a run is due while one is under way: skip, queue or restart.",
  },
  catchUp: {
    key: "catch_up",
    kind: "catch up",
    default: "none",
    doc: "Runs missed because the machine slept or the clock was set: none, or run once.",
  },
  // How its output is written, of both channels.
  logFormat: {
    key: "log_format",
    kind: "log format",
    default: "raw",
    sample: "json",
    doc: "Form of lines in its logs: raw, prefix, json or logfmt.",
  },
  logTimestamp: {
    key: "log_timestamp",
    kind: "log timestamp",
    sample: "iso",
    doc: "Time in front of lines: none, time, iso, iso-ms, utc or unix.",
  },
  logRateLimit: {
    key: "log_rate_limit",
    kind: "line rate",
    sample: "1000/s",
    doc: "Most lines that each channel may log in a time; others are dropped and counted.",
  },
});
