// The lines of the activity log, at debug level, through crashes, kills, signals to the daemon and its end.

import { existsSync } from "node:fs";
import { CHILD } from "../rig/places.ts";
import { textOf } from "../rig/watch.ts";
import { compareDaemons } from "./run.ts";

compareDaemons({
  name: "activity-log",
  deliberate: ["debug-lines"],
  args: ["-e", "debug"],
  config: `
[program:steady]
command=${CHILD}
startsecs=0
exitcodes=0,3
autorestart=true

[program:stubborn]
command=sh -c 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'
startsecs=0
stopwaitsecs=1
killasgroup=true
stdout_logfile=%(here)s/stubborn.out

[program:looping]
command=/no/such/program
startsecs=1
startretries=2

[program:dying]
command=sh -c 'sleep 0.2; exit 7'
startsecs=5
startretries=1

[program:once]
command=sh -c 'sleep 0.2'
startsecs=0
autorestart=false
`,
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(/gave up: /, 2);
    await daemon.logged(/exited: once/);
    await daemon.ask("sendProcessStdin", "steady", "exit 3\n");
    await daemon.logged(/spawned: 'steady'/, 2);
    await daemon.ask("sendProcessStdin", "steady", "exit 5\n");
    await daemon.logged(/spawned: 'steady'/, 3);
    await daemon.ask("sendProcessStdin", "steady", "kill -KILL $$\n");
    await daemon.logged(/spawned: 'steady'/, 4);
    await daemon.logged(/success: steady/, 4);
    await daemon.ask("signalProcess", "steady", "CONT");
    await daemon.ask("stopProcess", "steady");
    await daemon.ask("startProcess", "steady");
    await daemon.logged(/deaf/);
    await daemon.ask("stopProcess", "stubborn");
    daemon.signal("SIGUSR2");
    await daemon.logged(/supervisord logreopen/);
    daemon.signal("SIGTERM");
    const { status, signal } = await daemon.ended();
    session.record("exit", `${status} ${signal}`);
    session.activityLog();
    session.record("socket left", String(existsSync(session.rig.path("d.sock"))));
    session.record("pid file", textOf(session.rig.path("d.pid")));
  },
});

compareDaemons({
  name: "restart-in-place",
  config: `
[program:kept]
command=sleep 1000
startsecs=1

[program:first]
command=sleep 1000
startsecs=1
priority=1
`,
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(/success: /, 2);
    daemon.signal("SIGHUP");
    await daemon.logged(/supervisord started with pid/, 2);
    await daemon.logged(/success: /, 4);
    await session.ask("getAllProcessInfo");
    await session.ask("restart");
    await daemon.logged(/supervisord started with pid/, 3);
    await daemon.logged(/success: /, 6);
    await session.ask("shutdown");
    const { status, signal } = await daemon.ended();
    session.record("exit", `${status} ${signal}`);
    session.activityLog();
  },
});
