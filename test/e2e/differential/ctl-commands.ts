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
  ["avail"],
  ["avail", "x"],
  ["version"],
  ["version", "x"],
  ["pid"],
  ["pid", "web"],
  ["pid", "off"],
  ["pid", "nope"],
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
  ["start", "off", "nope", "missing"],
  ["start", "dies"],
  ["start", "nope:*"],
  ["start", "dies", "nope"],
  ["status", "dies", "missing"],
  ["stop", "off"],
  ["stop", "off"],
  ["stop", "nope", "nope:*"],
  ["signal", "CONT", "web"],
  ["signal CONT", "web"],
  ["signal", "FOO", "web"],
  ["signal", "CONT", "off", "nope", "nope:*"],
  ["signal", "CONT", "pair:*"],
  ["signal", "CONT", "all"],
  ["restart", "web"],
  ["restart", "off"],
  ["restart", "nope"],
  ["restart", "pair:a"],
  ["stop", "pair:a"],
  ["start", "pair:*"],
  ["stop", "pair:*"],
  ["start", "pair:"],
  ["clear", "web"],
  ["clear", "nope", "pair:*"],
  ["clear", "web", "nolog"],
  ["reread", "x"],
  ["reread"],
  ["update", "nope"],
  ["add", "web"],
  ["add", "nope"],
  ["remove", "web"],
  ["remove", "nope"],
  ["nonsense"],
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
  ["-u"],
  ["-i", "version"],
  ["exit"],
  ["quit"],
  ["open", "nonsense"],
];

/** The same after the config was edited. */
export const AFTER_EDIT: readonly (readonly string[])[] = [
  ["reread"],
  ["avail"],
  ["add", "added"],
  ["add", "added"],
  ["status", "added"],
  ["update"],
  ["update"],
  ["update", "web", "off"],
  ["stop", "all"],
  ["stop", "all"],
  ["remove", "added"],
  ["remove", "added", "nope"],
  ["start", "all"],
  ["restart", "all"],
];
