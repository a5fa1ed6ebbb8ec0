// Every state and every spawn error in getProcessInfo, getAllProcessInfo and getAllConfigInfo.

import { mkdirSync } from "node:fs";
import { compareDaemons } from "./run.ts";

const QUIET = "stdout_logfile=NONE\nstderr_logfile=NONE\nstartretries=0\n";

/** Programs that are given up under both daemons. */
const HOPELESS = /gave up: (?:missing|unfound|directory|noexec|unparsable|empty|quick) /;

// A large startsecs where a program dies at once, and where the state it starts in is compared: neither may meet its end.
compareDaemons({
  name: "states",
  deliberate: ["config-info-autorestart", "log-unwritable"],
  prepare: (rig) => {
    mkdirSync(rig.path("a-directory"));
    rig.write("not-executable", "#!/bin/sh\n");
  },
  config: `
[program:up]
command=sleep 1000
startsecs=0

[program:never]
command=sleep 1000
autostart=false
priority=5

[program:missing]
command=/no/such/program --option
startsecs=600
${QUIET}
[program:unfound]
command=no-such-word
startsecs=600
${QUIET}
[program:directory]
command=%(here)s/a-directory
startsecs=600
${QUIET}
[program:noexec]
command=%(here)s/not-executable
startsecs=600
${QUIET}
[program:unparsable]
command=sh -c "unclosed
startsecs=600
${QUIET}
[program:empty]
command=
startsecs=600
${QUIET}
[program:badlog]
command=sleep 1000
startsecs=600
startretries=0
stdout_logfile=%(here)s/a-directory

[program:quick]
command=sh -c 'exit 4'
startsecs=600
${QUIET}
[program:done]
command=sh -c 'sleep 0.2'
startsecs=0
autorestart=unexpected

[program:failed]
command=sh -c 'sleep 0.2; exit 3'
startsecs=0
autorestart=false

[program:killed]
command=sh -c 'sleep 0.2; kill -KILL $$'
startsecs=0
autorestart=false

[program:two]
command=sleep 1000
process_name=%(program_name)s_%(process_num)02d
numprocs=2
numprocs_start=7
startsecs=0
exitcodes=0,2
stopsignal=QUIT
environment=A="1"
directory=/tmp
umask=027
user=nobody
serverurl=unix:///tmp/x
stopasgroup=true

[program:b]
command=sleep 1000
startsecs=0

[program:a]
command=sleep 1000
startsecs=0
priority=3

[group:both]
programs=b,a
priority=4
`,
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(HOPELESS, 7);
    await daemon.logged(/exited: (?:done|failed|killed)/, 3);
    await daemon.logged(/success: (?:up|two_07|two_08|b|a) /, 5);
    await session.ask("getAllProcessInfo");
    await session.ask("getAllConfigInfo");
    const names = ["up", "never", "missing", "unfound", "directory", "noexec", "unparsable"];
    for (const name of [
      ...names,
      "empty",
      "quick",
      "done",
      "failed",
      "killed",
      "both:a",
      "two:two_07",
    ]) {
      await session.ask("getProcessInfo", name);
    }
    for (const name of ["missing", "unfound", "directory", "noexec", "unparsable", "empty"]) {
      await session.ask("startProcess", name);
      await session.ask("startProcess", name, false);
      await session.ask("stopProcess", name);
    }
    await session.ask("stopProcess", "up");
    await session.ask("getProcessInfo", "up");
    await session.ask("stopProcessGroup", "both");
    await session.ask("getAllProcessInfo");
  },
});

compareDaemons({
  name: "groups",
  deliberate: ["config-info-autorestart", "config-info-auto-path"],
  config: `
[program:one]
command=sleep 1000
startsecs=1
priority=20

[program:two]
command=sleep 1000
startsecs=1
priority=10

[program:lone]
command=sleep 1000
startsecs=1
autostart=false

[group:pair]
programs=one,two
`,
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(/success: /, 2);
    await session.ask("stopProcess", "pair:*");
    await session.ask("startProcess", "pair:*");
    await session.ask("startProcess", "pair:");
    await session.ask("stopProcess", "pair:one");
    await session.ask("startProcessGroup", "pair");
    await session.ask("signalProcessGroup", "pair", "CONT");
    await session.ask("signalProcess", "pair:*", "SIGCONT");
    await session.ask("stopProcessGroup", "pair", true);
    await session.ask("stopProcessGroup", "pair", true);
    await session.ask("signalProcessGroup", "pair", "CONT");
    await session.ask("startAllProcesses");
    await session.ask("startAllProcesses");
    await session.ask("signalAllProcesses", "CONT");
    await session.ask("signalAllProcesses", "NONSENSE");
    await session.ask("removeProcessGroup", "pair");
    await session.ask("stopAllProcesses");
    await session.ask("stopAllProcesses", false);
    await session.ask("removeProcessGroup", "pair");
    await session.ask("removeProcessGroup", "pair");
    await session.ask("getAllProcessInfo");
    await session.ask("reloadConfig");
    await session.ask("addProcessGroup", "pair");
    await session.ask("addProcessGroup", "pair");
    session.appendConfig("\n[program:new]\ncommand=sleep 1000\nstartsecs=1\n");
    await session.ask("addProcessGroup", "new");
    await session.ask("reloadConfig");
    await session.ask("addProcessGroup", "new");
    await session.ask("reloadConfig");
    session.appendConfig("\n[program:lone]\npriority=7\n[program:broken]\nnumprocs=x\n");
    await session.ask("reloadConfig");
    // What was added last, after all starts before it.
    for (const [name, starts] of [
      ["one", 5],
      ["two", 4],
      ["new", 1],
    ] as const) {
      await daemon.logged(new RegExp(`success: ${name} `), starts);
    }
    await session.ask("getAllProcessInfo");
    await session.ask("getAllConfigInfo");
  },
});
