// The help of the verbs about programs and their logs.

import type { HelpPage, HelpRow } from "../../core/base/help-page.ts";
import type { OwnPage } from "./own-page.ts";

const NAMES =
  "A name is that of a program, GROUP:PROGRAM, GROUP:* for a whole group, all, or a pattern: 'web*', 'web:worker_?'.";

const RAW: HelpRow = ["--raw", "pass all bytes on to a terminal, not only text and colours"];

const CHANNELS: readonly HelpRow[] = [
  ["--stdout", "only standard output"],
  ["--stderr", "only standard error"],
];

/** Of the verbs that ask first whether the daemon is there. */
const ABSENT: HelpPage["statuses"] = [
  [4, "the daemon refuses connections"],
  [7, "no daemon is running: it has no socket"],
];
const DOWN: HelpPage["statuses"] = [
  [4, "the daemon refuses connections"],
  [7, "a program could not be started or is not running, or there is no daemon"],
];

export const PROGRAM_PAGES: Readonly<Record<string, OwnPage>> = {
  status: {
    usage: [
      ["status [name...]", ""],
      ["status --check [name...]", ""],
    ],
    about: [
      NAMES,
      "On a terminal and in JSON, it also shows restarts and the last exit of each program.",
    ],
    options: [
      ["--check", "only say in one line whether all that should run is running and healthy"],
    ],
    examples: [
      ["tsv status", "all programs"],
      ["tsv status 'web*'", "programs whose names begin with web"],
      ["tsv status --json", "for scripts, with CPU and memory"],
      ["tsv status --check", "for a HEALTHCHECK"],
    ],
    statuses: [
      [1, "--check: a program that should run is not RUNNING, not ready or unhealthy"],
      [3, "a program shown is not running"],
      [4, "there is no such program, or no daemon is running; --check: it does not answer"],
    ],
  },
  start: {
    usage: [["start <name...>", ""]],
    about: ["The command waits until each program is up or has failed.", NAMES],
    examples: [
      ["tsv start web", "start a program"],
      ["tsv start 'workers:*'", "start a group"],
      ["tsv start all", "start every program"],
    ],
    statuses: DOWN,
  },
  stop: {
    usage: [["stop <name...>", ""]],
    about: ["The command waits until each program is down.", NAMES],
    examples: [
      ["tsv stop web", "stop a program"],
      ["tsv stop 'workers:*'", "stop a group"],
      ["tsv stop all", "stop every program; the daemon stays"],
    ],
    statuses: ABSENT,
  },
  restart: {
    usage: [["restart <name...>", ""]],
    about: ["The configuration is not read again: see tsv help update.", NAMES],
    examples: [
      ["tsv restart web", "restart a program"],
      ["tsv restart 'workers:*'", "restart a group"],
      ["tsv restart all", "restart every program"],
    ],
    statuses: DOWN,
  },
  env: {
    usage: [["env [options] <name...>", ""]],
    about: [
      "The environment that the program runs with; for one that does not run, that of its next start. Secrets are hidden: all that env_file and env_command give, and what looks like one.",
      NAMES,
    ],
    options: [
      ["--show-secrets", "show secrets, if this user may configure the daemon"],
      ["--next", "show the next start, also of programs that run"],
    ],
    examples: [
      ["tsv env web", "the environment of web"],
      ["tsv env --next web", "what it will get after a change of its files"],
      ["tsv env --show-secrets web", "with its secrets"],
    ],
    statuses: ABSENT,
  },
  signal: {
    usage: [["signal <signal> <name...>", ""]],
    about: ["A signal is a name or a number: HUP, SIGHUP or 1.", NAMES],
    examples: [
      ["tsv signal HUP web", "make web read its files again"],
      ["tsv signal USR1 'workers:*'", "signal a group"],
    ],
    statuses: DOWN,
  },
  fg: {
    usage: [["fg [options] <name>", ""]],
    about: [
      "The terminal shows the output of the program and sends your input to it. Ctrl-C leaves it; Ctrl-] if the program has its own terminal (tty=true).",
    ],
    examples: [["tsv fg web", "attach to web"]],
  },
  pid: {
    usage: [
      ["pid", "the daemon"],
      ["pid <name...>", "these programs; 0 for one that is not running"],
    ],
    about: [NAMES],
    examples: [
      ["tsv pid", "the daemon"],
      ["kill -USR1 $(tsv pid web)", "use it in a script"],
    ],
    statuses: DOWN,
  },
  logs: {
    usage: [["logs [options] [name...]", ""]],
    about: [
      "Lines of several logs are merged by time, with a prefix; ! marks standard error. Rotated and compressed files are read too.",
      "A TIME is a duration (10m, 2h, 1d12h), a time (12:30), today, yesterday, a date (2026-11-23, 2026-11-23T12:30:15Z) or @SECONDS.",
      NAMES,
    ],
    options: [
      ["-f, --follow", "keep printing new output until Ctrl-C"],
      ["-n, --lines <number>", "newest lines of each log, or all (default: 10; all in a search)"],
      ["--since <time>", "only lines written at this time or later"],
      ["--until <time>", "only lines written at this time or earlier"],
      ["--grep <pattern>", "only lines that match a JavaScript regular expression"],
      ["-i, --ignore-case", "with --grep: upper and lower case are the same"],
      ...CHANNELS,
      ["--prefix, --no-prefix", "time and name in front of lines (default: for several logs)"],
      RAW,
    ],
    examples: [
      ["tsv logs web", "the last lines of web"],
      ["tsv logs -f web 'worker:*'", "follow a program and a group"],
      ["tsv logs --since 10m", "what all programs printed in the last ten minutes"],
      ["tsv logs --since yesterday --grep 'timeout|refused' -i", "search"],
      ["tsv logs -n 100 --stderr web", "the last 100 lines of its errors"],
    ],
    statuses: ABSENT,
  },
  tail: {
    usage: [["tail [options] <name> [stdout|stderr]", ""]],
    about: ["By default, the last 1600 bytes."],
    options: [
      ["-f", "print new output until Ctrl-C"],
      ["-<bytes>", "print this many bytes"],
      ["-n, --lines <number>", "print this many lines"],
      RAW,
    ],
    examples: [
      ["tsv tail web", "the end of its standard output"],
      ["tsv tail -f web stderr", "follow its standard error"],
      ["tsv tail -n 20 web", "the last 20 lines"],
    ],
    statuses: ABSENT,
  },
  maintail: {
    usage: [["maintail [options]", ""]],
    about: ["By default, the last 1600 bytes."],
    options: [["-f", "print new output until Ctrl-C"], ["-<bytes>", "print this many bytes"], RAW],
    examples: [
      ["tsv maintail", "what the daemon did last"],
      ["tsv maintail -f", "follow it"],
    ],
    statuses: ABSENT,
  },
  clear: {
    usage: [["clear [options] <name...>", ""]],
    about: [NAMES],
    options: [["--backups", "remove what was rotated away, too"], ...CHANNELS],
    examples: [
      ["tsv clear web", "empty both logs of web"],
      ["tsv clear --backups web", "and remove their backups"],
      ["tsv clear all", "empty the logs of every program"],
    ],
    statuses: ABSENT,
  },
  rotate: {
    usage: [["rotate [options] <name...>", ""]],
    about: [NAMES, "Works in any state of a program. An empty log is not rotated."],
    options: CHANNELS,
    examples: [
      ["tsv rotate web", "rotate both logs of web"],
      ["tsv rotate --stderr 'worker:*'", "rotate the error logs of a group"],
    ],
    statuses: ABSENT,
  },
  reopen: {
    usage: [["reopen [options] <name...>", ""]],
    about: [NAMES, "For logs that another program has moved away; SIGUSR2 does it for all."],
    options: CHANNELS,
    examples: [["tsv reopen web", "open both logs of web by their paths again"]],
    statuses: ABSENT,
  },
};
