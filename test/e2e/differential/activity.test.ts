// The lines of the activity log, at debug level, through crashes, kills, signals to the daemon and its end.

import { existsSync } from "node:fs";
import { puppet } from "../../rig/puppet.ts";
import { CHILD } from "../rig/places.ts";
import { textOf, waitForText } from "../rig/watch.ts";
import { compareDaemons } from "./run.ts";

compareDaemons({
  name: "activity-log",
  deliberate: ["debug-lines", "log-printable", "who-asked"],
  args: ["-e", "debug"],
  config: `
[program:steady]
command=${CHILD}
startsecs=0
exitcodes=0,3
autorestart=true

[program:stubborn]
command=${puppet("ignore:TERM", "print:deaf")}
startsecs=0
stopwaitsecs=5
killasgroup=true
stdout_logfile=%(here)s/stubborn.out

[program:looping]
command=/no/such/program
startsecs=1
startretries=2

[program:dying]
command=sh -c 'sleep 0.2; exit 7'
startsecs=600
startretries=1

[program:once]
command=${CHILD}
startsecs=0
autorestart=false
`,
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(/gave up: /, 2);
    // Ended only now: what ends in the turn in which Supervisor started it is no success there.
    await daemon.logged(/success: once/);
    await daemon.ask("sendProcessStdin", "once", "exit 0\n");
    await daemon.logged(/exited: once/);
    await daemon.ask("sendProcessStdin", "steady", "exit 3\n");
    await daemon.logged(/spawned: 'steady'/, 2);
    await daemon.ask("sendProcessStdin", "steady", "exit 5\n");
    await daemon.logged(/spawned: 'steady'/, 3);
    await daemon.ask("sendProcessStdin", "steady", "kill -KILL $$\n");
    await daemon.logged(/spawned: 'steady'/, 4);
    await daemon.logged(/success: steady/, 4);
    // It says that it is up: between fork and exec a signal is taken by Supervisor's own handler and lost.
    await session.tell("steady", "echo up >first-time", "first-time", "up");
    await daemon.ask("signalProcess", "steady", "CONT");
    await daemon.ask("stopProcess", "steady");
    await daemon.ask("startProcess", "steady");
    await session.tell("steady", "echo up >second-time", "second-time", "up");
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

/** Says when it can take a signal. */
const SLEEPER = "sh -c 'echo up; exec sleep 1000'";

compareDaemons({
  name: "restart-in-place",
  deliberate: ["who-asked"],
  config: `
[program:kept]
command=${SLEEPER}
startsecs=1
stdout_logfile=%(here)s/kept.out

[program:first]
command=${SLEEPER}
startsecs=1
priority=1
stdout_logfile=%(here)s/first.out
`,
  async steps(session) {
    const { daemon, rig } = session;
    const started = async (times: number): Promise<void> => {
      await daemon.logged(/success: /, 2 * times);
      for (const file of ["kept.out", "first.out"]) {
        await waitForText(rig.path(file), /^up$/m, { times });
      }
    };
    await started(1);
    daemon.signal("SIGHUP");
    await daemon.logged(/supervisord started with pid/, 2);
    await started(2);
    await session.ask("getAllProcessInfo");
    await session.ask("restart");
    await daemon.logged(/supervisord started with pid/, 3);
    await started(3);
    await session.ask("shutdown");
    const { status, signal } = await daemon.ended();
    session.record("exit", `${status} ${signal}`);
    session.activityLog();
  },
});
