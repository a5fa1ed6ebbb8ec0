// tsv as PID 1 of a container: signals, orphans, roots that nothing can be written to, and limits.

import assert from "node:assert/strict";
import { containerTest } from "./rig/rig.ts";

const OUTPUT = `stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
stderr_logfile=/dev/stderr
stderr_logfile_maxbytes=0
`;
const DAEMON = `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=/run/supervisord.pid
`;
const CONFIG = `${DAEMON}
[program:web]
command=sh -c 'echo out of web; echo err of web >&2; exec sleep 1000'
${OUTPUT}`;

containerTest(
  "root and others, with a root of any kind, read the output and stop in time",
  async (rig) => {
    for (const readOnly of [false, true]) {
      for (const user of ["0", "1000:1000"]) {
        const container = await rig.start(CONFIG, { user, readOnly });
        await container.printed(/^out of web$/, 1, "stdout");
        await container.printed(/^err of web$/, 1, "stderr");
        await container.printed(/success: web entered/);
        const status = await container.exec("tsv", "status");
        assert.match(status.stdout, /^web +RUNNING/, status.stderr);
        assert.equal(await container.stop(), 0);
      }
    }
  },
);
