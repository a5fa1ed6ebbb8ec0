// The environment of a started program: arguments, variables, umask, directory, ids, signals, descriptors.

import { mkdirSync } from "node:fs";
import { REPORT } from "../rig/places.ts";
import { textOf, waitForText } from "../rig/watch.ts";
import { compareDaemons } from "./run.ts";

/** Descriptors without what is chance in them; 10 is the shell's own copy of its script. */
function describeLine(line: string): string {
  const [, fd, target] = / (\d+) -> (.*)$/.exec(line) ?? [];
  if (fd === undefined || target === undefined) return line;
  return `fd ${fd} ${target.replace(/\[\d+\]/, "")}`;
}

const NAMES = ["plain", "switched", "merged", "here", "overriding"];

compareDaemons({
  name: "environment",
  deliberate: ["environment-percent", "foreground-umask", "default-signals"],
  whole: true,
  prepare: (rig) => mkdirSync(rig.path("work")),
  config: `[unix_http_server]
file=%(here)s/d.sock
[supervisord]
logfile=%(here)s/d.log
pidfile=%(here)s/d.pid
childlogdir=%(here)s
umask=077
environment=GLOBAL="from %(here)s",BOTH="global",PERCENT="50%%%%"
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[inet_http_server]
port=127.0.0.1:@PORT@
[program:plain]
command=${REPORT} "two words" 'single "quoted"' back\\ slash %%percent %(program_name)s %(group_name)s %(process_num)d %(ENV_HOME)s
stdout_logfile=%(here)s/plain.out
[program:switched]
command=${REPORT}
user=nobody
directory=/tmp
umask=027
stdout_logfile=%(here)s/switched.out
[program:merged]
command=${REPORT}
redirect_stderr=true
environment=BOTH="program",EMPTY="",SPACED=" a b ",QUOTE='single',COMMA="a,b",URL="http://x/?a=1"
stdout_logfile=%(here)s/merged.out
[program:here]
command=${REPORT}
directory=%(here)s/work
serverurl=http://elsewhere:1234
process_name=%(program_name)s-%(process_num)03d
stdout_logfile=%(here)s/here.out
[program:overriding]
command=report.sh
environment=SUPERVISOR_PROCESS_NAME="mine",PATH="%(ENV_PATH)s:${REPORT.replace(/\/[^/]*$/, "")}"
stdout_logfile=%(here)s/overriding.out
`,
  async steps(session) {
    for (const name of NAMES) {
      const path = session.rig.path(`${name}.out`);
      await waitForText(path, /^end of report$/m);
      const lines = textOf(path).trimEnd().split("\n").map(describeLine);
      const occurrences = new Map<string, number>();
      for (const line of lines) {
        if (line.startsWith("env TSV_E2E_RUN=")) continue;
        const label = /^(?:env [^=]*|fd \d+|\S+)/.exec(line)?.[0] ?? line;
        const nth = (occurrences.get(label) ?? 0) + 1;
        occurrences.set(label, nth);
        session.record(`${name}: ${label}`, line);
      }
    }
  },
});
