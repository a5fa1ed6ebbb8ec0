// The command lines that every ctl is given, and the config they are about.

import { CHILD } from "../rig/places.ts";
import { BASE } from "../rig/rig.ts";

/** The config that the command lines are about. */
export const CONFIG = `${BASE}
[program:web]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/web.out
stderr_logfile=%(here)s/web.err

[program:off]
command=sleep 1000
autostart=false

[program:missing]
command=/no/such/program
autostart=false

[program:dies]
command=sh -c 'exit 4'
autostart=false
startsecs=600
startretries=0

[program:noexec]
command=/etc/passwd
autostart=false

[program:a_program_with_a_very_long_name_indeed]
command=cat
autostart=false

[program:nolog]
command=sleep 1000
startsecs=0
stdout_logfile=NONE

[program:a]
command=sleep 1000
startsecs=1
[program:b]
command=sleep 1000
startsecs=1
[group:pair]
programs=b,a
`;

/** One-shot command lines in order; each word list is one run of ctl. */
export const BEFORE: readonly (readonly string[])[] = [
  ["status"],
  ["status", "web", "off"],
  ["status web"],
  ["status", "pair:*"],
  ["status", "pair:a", "nope", "nope:*", "nope:x"],
  ["status", "all"],
  ["status", "nope:", "web", "nope:x", "web"],
  ["status-x"],
  ["avail"],
  ["avail", "x"],
  ["version"],
  ["version", "x"],
  ["pid"],
  ["pid", "web"],
  ["pid", "off"],
  ["pid", "nope"],
  ["pid", "nope", "web", "off"],
  ["pid", "all"],
  ["start"],
  ["stop"],
  ["restart"],
  ["signal"],
  ["signal", "CONT"],
  ["clear"],
  ["tail"],
  ["tail", "-f"],
  ["tail", "a", "b", "c", "d"],
  ["tail", "web", "stdmiddle"],
  ["tail", "-x", "web"],
  ["tail", "nope"],
  ["tail", "nolog"],
  ["tail", "pair:*"],
  ["maintail", "-x"],
  ["maintail", "a", "b"],
  ["start", "web"],
  ["start", "off"],
  ["start", "off", "nope", "missing", "noexec"],
  ["start", "dies"],
  ["start", "nope:*"],
  ["start", "dies", "nope"],
  ["status", "dies", "missing"],
  ["stop", "off"],
  ["stop", "off"],
  ["stop", "nope", "nope:*"],
  ["signal", "CONT", "web"],
  ["signal CONT", "web"],
  ["signal", "18", "web"],
  ["signal", "FOO", "web"],
  ["signal", "FOO", "nope", "nope:*"],
  ["signal", "FOO", "all"],
  ["signal", "CONT", "off", "nope", "nope:*"],
  ["signal", "CONT", "pair:*"],
  ["signal", "CONT", "all"],
  ["restart", "web"],
  ["restart", "off"],
  ["restart", "nope", "nope:"],
  ["restart", "dies"],
  ["restart", "web", "pair:a"],
  ["restart", "pair:a"],
  ["stop", "pair:a"],
  ["start", "pair:*"],
  ["stop", "pair:*"],
  ["start", "pair:"],
  ["clear", "web"],
  ["clear", "nope", "pair:*"],
  ["clear", "web", "nolog"],
  ["clear", "all"],
  ["reread", "x"],
  ["reread"],
  ["update", "nope"],
  ["add", "web"],
  ["add", "nope"],
  ["remove", "web"],
  ["remove", "nope"],
  ["remove", "off"],
  ["status", "off"],
  ["add"],
  ["add", "off"],
  ["nonsense"],
  ["nonsense", "with", "words"],
  ["--", "-x"],
  ["  "],
  ["!ls"],
  ["fg"],
  ["fg", "nope"],
  ["fg", "off", "web"],
  ["fg", "missing"],
  ["help"],
  ["help", "start"],
  ["help", "nonsense"],
  ["?"],
  ["-Q"],
  ["--foo"],
  ["-s", "nonsense", "status"],
  ["-s", "ftp://x", "status"],
  ["-s", "unix:///tmp/no/such/socket", "status"],
  ["-s", "unix:///tmp/no/such/socket", "start", "web"],
  ["-s", "unix:///tmp/no/such/socket", "shutdown"],
  ["-s", "unix:///tmp/no/such/socket", "pid"],
  ["-s", "http://127.0.0.1:1", "status"],
  ["-s", "http://127.0.0.1:1", "stop", "web"],
  ["-s", "http://127.0.0.1:1", "shutdown"],
  ["-s", "http://127.0.0.1:1", "reread"],
  ["-s", "http://127.0.0.1:1", "start", "web"],
  ["-s", "http://127.0.0.1:1", "reload"],
  ["-s", "http://127.0.0.1:1", "add", "web"],
  ["-s", "http://127.0.0.1:1", "version"],
  ["-s", "http://127.0.0.1:1", "tail", "-f", "web"],
  ["-s", "http://localhost:1", "status"],
  ["-s", "http://no.such.host.invalid:9001", "status"],
  ["-s", "unix:///etc/passwd/below", "status"],
  ["-s", `unix:///${"x".repeat(120)}`, "status"],
  ["-u"],
  ["-i", "version"],
  ["exit"],
  ["quit"],
  ["EOF"],
  ["open", "nonsense"],
  ["open", "ftp://x"],
];

/** The end of the log of web, which has text by then. */
export const TAILS: readonly (readonly string[])[] = [
  ["tail", "web"],
  ["tail", "-3", "web"],
  ["tail", "-0", "web"],
  ["tail", "-+7", "web"],
  ["tail", "--3", "web"],
  ["tail", "-99999999999", "web"],
  ["tail -3", "web", "stdout"],
  ["tail", "web", "stderr"],
  ["tail", "web", "STDERR"],
  ["tail", "pair:a"],
];

/** Input of the shell without a terminal, by the words of the command line. */
export const INPUTS: readonly (readonly [input: string, ...words: readonly string[]])[] = [
  ["pid off\nhelp\nnonsense\n\nversion\nstart nope\nexit\n"],
  ["pid off"],
  ["n\n", "-i", "shutdown"],
  ["\n", "-i", "reload"],
];

/** The same after the config was edited. */
export const AFTER_EDIT: readonly (readonly string[])[] = [
  ["reread"],
  ["avail"],
  ["update", "nope", "off"],
  ["add", "added"],
  ["add", "added"],
  ["status", "added"],
  ["update"],
  ["update"],
  ["update", "all"],
  ["update", "web", "off"],
  ["stop", "all"],
  ["stop", "all"],
  ["remove", "added"],
  ["remove", "added", "nope"],
  ["start", "all"],
  ["restart", "all"],
];
