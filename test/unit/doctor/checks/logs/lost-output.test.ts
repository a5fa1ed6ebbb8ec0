// LOG-013: the daemon reports that it drops output.

import type { RunningDaemon } from "../../../../../src/doctor/facts/doctor-facts.ts";
import { rows } from "../rows.ts";

const LOG = "/var/log/web.log";
const TEXT = `[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${LOG}\n`;

const DAEMON = { kind: "tsv", pid: 5, startedMs: 0 } as unknown as RunningDaemon;

function lost(name: string, bytes: number, errno = "EFBIG", path = LOG) {
  return { group: name, name, path, errno, bytes };
}

rows("LOG-013", [
  [
    "programs that share a log",
    { text: TEXT, lost: [lost("web", 7), lost("api", 9)] },
    { subject: LOG, key: "stdout_logfile", evidence: /^bytes dropped of web: 7, api: 9$/m },
  ],
  [
    "an errno that no table has",
    { text: TEXT, lost: [lost("web", 1, "ESTALE", "/srv/a b.log")] },
    { symptom: /ESTALE$/, commands: ["ls -l '/srv/a b.log'"] },
  ],
  [
    "a path that contains the placeholder of a command",
    { text: TEXT, daemon: DAEMON, lost: [lost("web", 1, "ESTALE", "/srv/PID/a.log")] },
    { commands: ["ls -l /srv/PID/a.log"] },
  ],
  [
    "the limit of the daemon",
    { text: TEXT, daemon: DAEMON, lost: [lost("web", 1)] },
    { commands: ["prlimit --fsize --pid 5"] },
  ],
  ["a daemon that does not report it", { text: TEXT, lost: null }, null],
]);
