// A daemon that nothing holds but its task: no server, and programs that are down or have closed their output. Node ends
// a process whose event loop is empty.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const ALONE = `[supervisord]
logfile=%(here)s/d.log
loglevel=debug
pidfile=%(here)s/d.pid
[program:silent]
command=sh -c 'exec >&- 2>&-; echo $$ > silent.pid; exec sleep 1000'
directory=%(here)s
startsecs=0
autorestart=false
`;

e2e(
  "a daemon without servers watches over a program that has closed its output, and stays when all are down",
  async (rig) => {
    rig.write("d.conf", ALONE);
    const daemon = rig.launch();
    const [, pid] = await waitForText(rig.path("silent.pid"), /^(\d+)\n/);
    // Whoever has read both ends of the output has nothing left to watch.
    await daemon.logged(/DEBG fd \d+ closed, stopped monitoring/, 2);
    process.kill(Number(pid), "SIGKILL");
    await daemon.logged(/WARN exited: silent \(terminated by SIGKILL; not expected\)/);
    daemon.signal("SIGHUP");
    await daemon.logged(/supervisord started with pid/, 2);
    rig.write("d.conf", ALONE.replace(/\[program[\s\S]*/, ""));
    daemon.signal("SIGHUP");
    await daemon.logged(/supervisord started with pid/, 3);
    assert.equal(readFileSync(rig.path("d.pid"), "utf8"), `${daemon.pid}\n`);
    daemon.signal("SIGUSR2");
    await daemon.logged(/received SIGUSR2/);
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
    assert.match(readFileSync(daemon.log, "utf8"), /received SIGTERM indicating exit request/);
  },
);
