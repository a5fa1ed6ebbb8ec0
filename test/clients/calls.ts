// The calls of every XML-RPC client to both daemons, and their configuration.

import { BASE } from "../e2e/rig/rig.ts";

/** The password of the port. The client encodes it; a colon and a character beyond ASCII are part of the exercise. */
export const USER = "user";
export const PASSWORD = "pass";

/** Prints once, with `printf`, what is hard to put into XML. No client restarts it, so that its log says the same to all. */
function printing(text: string): string {
  return `command=/bin/sh -c "printf '${text}'; exec sleep 1000"\nstartsecs=0\n`;
}

/** The sections for a port. @PORT@ stands for it. */
export const CLIENTS_CONFIG = `${BASE.replace("file=%(here)s/d.sock\n", `file=%(here)s/d.sock\nusername=${USER}\npassword=${PASSWORD}\n`)}
[inet_http_server]
port=127.0.0.1:@PORT@
username=${USER}
password=${PASSWORD}

[program:plain]
command=sleep 1000
startsecs=0

[program:talker]
${printing("one\\\\ntwo <&> caf\\\\303\\\\251 \\\\346\\\\274\\\\242\\\\n")}stdout_logfile=%(here)s/talker.out

[program:controls]
${printing("a\\\\001b\\\\033[31mred\\\\033[0m\\\\n")}stdout_logfile=%(here)s/controls.out

[program:bytes]
${printing("a\\\\377\\\\376b\\\\n")}stdout_logfile=%(here)s/bytes.out

[program:naïve]
command=/nonexistent/ünï/漢
startretries=0

[group:pool]
programs=first,second

; Supervisor's child loses a signal that comes before it executes; a second later it has.
[program:first]
command=sleep 1000
autostart=false
startsecs=1

; The results for a group are in the order in which its programs are up.
[program:second]
command=sleep 1000
autostart=false
startsecs=2
`;

/** What the logs hold before the first client asks. */
export const PRINTED: readonly (readonly [file: string, text: RegExp])[] = [
  ["talker.out", /漢\n/],
  ["controls.out", /red.*\n/],
  ["bytes.out", /b\n/],
];

/** One call a line: method, then parameters as kind and text. Each client reads it in its own language. */
export const CALLS: readonly string[] = [
  "supervisor.getAPIVersion",
  "supervisor.getVersion",
  "supervisor.getSupervisorVersion",
  "supervisor.getIdentification",
  "supervisor.getState",
  "system.listMethods",
  "system.methodSignature\ts:supervisor.startProcess",
  "supervisor.getAllProcessInfo",
  "supervisor.getProcessInfo\ts:naïve",
  "supervisor.stopProcess\ts:plain",
  "supervisor.stopProcess\ts:plain\tb:1",
  "supervisor.getProcessInfo\ts:plain",
  "supervisor.startProcess\ts:plain\tb:1",
  "supervisor.startProcess\ts:plain\ti:0",
  "supervisor.startProcessGroup\ts:pool",
  "supervisor.signalProcess\ts:pool:first\ts:CONT",
  "supervisor.signalProcess\ts:pool:first\ti:18",
  "supervisor.signalProcess\ts:pool:first\ts:NOPE",
  "supervisor.stopProcess\ts:pool:first",
  "supervisor.stopProcess\ts:pool:second",
  "supervisor.startProcess\ts:naïve",
  "supervisor.getProcessInfo\ts:nöpe <&>",
  "supervisor.startProcess\ts:nope\tb:1",
  "supervisor.addProcessGroup\ts:plain",
  "supervisor.removeProcessGroup\ts:plain",
  "supervisor.nope",
  "supervisor.getState\ti:1",
  "supervisor.reloadConfig",
  "supervisor.tailProcessStdoutLog\ts:talker\ti:0\ti:100",
  "supervisor.readProcessStdoutLog\ts:talker\ti:-9\ti:0",
  "supervisor.readProcessStdoutLog\ts:talker\ti:-1\ti:5",
  "supervisor.tailProcessStdoutLog\ts:talker\ti:0\ti:0",
  "supervisor.clearProcessLogs\ts:pool:second",
  "system.multicall\tm:supervisor.getAPIVersion,supervisor.nope,supervisor.getState",
  // Last: after an answer that it cannot read, one client gives up its connection for good.
  "supervisor.tailProcessStdoutLog\ts:controls\ti:0\ti:100",
  "supervisor.readProcessStdoutLog\ts:controls\ti:0\ti:0",
  "supervisor.tailProcessStdoutLog\ts:bytes\ti:0\ti:100",
  "supervisor.readProcessStdoutLog\ts:bytes\ti:0\ti:0",
];
