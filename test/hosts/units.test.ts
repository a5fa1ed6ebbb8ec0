// The service on real hosts, where it differs from one init to the other: what a killed daemon leaves, programs that take
// their time, a configuration that is refused, directories that a boot has emptied, and what is reported to systemd.

import assert from "node:assert/strict";
import type { Host } from "./rig/host.ts";
import { KIND_NAMES, type KindName } from "./rig/kinds.ts";
import { BINARY } from "./rig/requirements.ts";
import { hostTest } from "./rig/rig.ts";

const STEADY = `[program:steady]
command=/bin/sleep 100000
startsecs=0
`;

/** Takes longer to stop than any init waits by default, less than it may. Says its pid when it is ready for the signal. */
const SLOW = `[program:slow]
command=/bin/sh -c 'trap "sleep 9; echo ended >>/var/lib/slow-ended; exit" TERM; echo $$ >/run/slow; while :; do sleep 1 & wait; done'
startsecs=0
stopwaitsecs=40
`;

interface Commands {
  readonly start: string;
  readonly stop: string;
  /** Succeeds when the service is down and stays down until it is started. */
  readonly isGivenUp: string;
}

const SYSTEMD: Commands = {
  start: "systemctl start tsv",
  stop: "systemctl stop tsv",
  isGivenUp:
    "systemctl is-failed tsv && [ $(systemctl show -p NRestarts --value tsv) = 0 ] && ! pgrep -x tsv",
};

const COMMANDS: Readonly<Record<KindName, Commands>> = {
  "systemd-bookworm": SYSTEMD,
  "systemd-trixie": SYSTEMD,
  sysv: {
    start: "service tsv start",
    stop: "service tsv stop",
    isGivenUp: "service tsv status; [ $? = 3 ]",
  },
  openrc: {
    start: "rc-service tsv start",
    stop: "rc-service tsv stop",
    isGivenUp: "! rc-service tsv status && ! pgrep -x tsv",
  },
  runit: {
    start: "sv -w 20 start tsv",
    stop: "sv -w 60 stop tsv",
    isGivenUp: 'case $(sv status tsv) in *"want up"*) exit 1 ;; down:*) ;; *) exit 1 ;; esac',
  },
  s6: {
    start: "s6-svc -wu -T 60000 -u /etc/service/tsv",
    stop: "s6-svc -wD -T 60000 -d /etc/service/tsv",
    isGivenUp: "s6-svstat /etc/service/tsv | grep '^down.*ready'",
  },
};

async function installed(host: Host, sections: string): Promise<void> {
  host.put(BINARY, "/root/tsv");
  await host.boot();
  await host.must("/root/tsv install --boot --yes", { timeoutMs: 120_000 });
  host.write("/etc/tsv/conf.d/try.conf", sections);
  await host.must("tsv update");
}

async function isUp(host: Host): Promise<number> {
  await host.until("tsv status | grep RUNNING");
  return Number(await host.must("tsv pid"));
}

async function slowIsUp(host: Host): Promise<number> {
  const daemon = await isUp(host);
  await host.until('[ "$(cat /run/slow)" = "$(tsv pid slow)" ]');
  return daemon;
}

for (const kind of KIND_NAMES) {
  const { start, stop, isGivenUp } = COMMANDS[kind];

  hostTest("a program whose daemon was killed does not run twice", kind, async (host) => {
    await installed(host, STEADY);
    const first = await isUp(host);
    const program = Number(await host.must("tsv pid steady"));
    await host.must(`kill -9 ${first}`);
    await host.until(`pid=$(tsv pid) && [ "$pid" != ${first} ] && tsv status | grep RUNNING`);
    assert.equal((await host.must("pgrep -x -f '/bin/sleep 100000'")).trim().split("\n").length, 1);
    // It has ended, and is there until PID 1 has heard of that.
    await host.until(`! kill -0 ${program}`);
  });

  hostTest("stopping waits for a program that takes its time", kind, async (host) => {
    await installed(host, SLOW);
    await slowIsUp(host);
    await host.must(stop);
    assert.equal(await host.must("cat /var/lib/slow-ended"), "ended\n");
  });

  // Debian's runit gives all services seven seconds at shutdown (/etc/runit/3), whatever a service says.
  if (kind !== "runit") {
    hostTest("a shutdown waits for a program that takes its time", kind, async (host) => {
      await installed(host, SLOW);
      await slowIsUp(host);
      await host.reboot();
      assert.equal(await host.must("cat /var/lib/slow-ended"), "ended\n");
      await isUp(host);
    });
  }

  hostTest("a configuration that is refused is not tried over and over", kind, async (host) => {
    await installed(host, STEADY);
    await isUp(host);
    await host.must(stop);
    host.write("/etc/tsv/conf.d/wrong.conf", "[program:x]\ncommand=x\nnumprocs=two\n");
    await host.run(start);
    await host.until(isGivenUp);
    await host.must("rm /etc/tsv/conf.d/wrong.conf");
    await host.must(start);
    await isUp(host);
  });

  hostTest(
    "empty /run and /var/log, and files of before a power cut, are no pathProblem",
    kind,
    async (host) => {
      await installed(host, STEADY);
      await isUp(host);
      await host.unplug();
      await host.boot();
      await isUp(host);
      await host.must(stop);
      await host.must("rm -rf /var/log/tsv");
      // As on a disk that keeps /run: numbers that are another process's by now.
      await host.must("mkdir -p /run/tsv && echo 1 >/run/tsv/tsv.pid");
      for (const name of ["tsv.keeper", "tsv.daemon"]) await host.must(`echo 1 >/run/${name}`);
      await host.must(start);
      await isUp(host);
      assert.match(await host.must("stat -c '%U:%G %a' /var/log/tsv"), /^root:tsv 750$/m);
      assert.match(await host.must("ls /var/log/tsv"), /\S/);
    },
  );
}

for (const [kind, restart] of [
  ["sysv", "/etc/init.d/tsv restart"],
  ["openrc", "rc-service tsv restart"],
] as const) {
  hostTest("a restart with errors in the configuration disturbs no program", kind, async (host) => {
    await installed(host, STEADY);
    await isUp(host);
    const program = await host.must("tsv pid steady");
    host.write("/etc/tsv/conf.d/wrong.conf", "[program:x]\ncommand=x\nnumprocs=two\n");
    const { status, stdout, stderr } = await host.run(restart);
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /not restarted[\s\S]*wrong\.conf:3/);
    assert.equal(await host.must("tsv pid steady"), program);
    await host.must("rm /etc/tsv/conf.d/wrong.conf");
    await host.must(restart);
    await isUp(host);
    assert.notEqual(await host.must("tsv pid steady"), program);
  });
}

for (const kind of ["systemd-bookworm", "systemd-trixie"] as const) {
  hostTest(
    "a unit that is older than the configuration waits for it all the same",
    kind,
    async (host) => {
      await installed(host, SLOW);
      const first = await slowIsUp(host);
      // Less than the program takes, and enough for a daemon that comes to ask for more.
      host.write("/etc/systemd/system/tsv.service.d/short.conf", "[Service]\nTimeoutStopSec=7\n");
      await host.must("systemctl daemon-reload && systemctl stop tsv");
      assert.equal(await host.must("cat /var/lib/slow-ended"), "ended\n");
      assert.equal((await host.must("systemctl show -p Result --value tsv")).trim(), "success");
      await host.must("systemctl start tsv");
      assert.notEqual(await slowIsUp(host), first);
      await host.must("kill -HUP $(tsv pid)");
      await host.until(
        "systemctl is-active tsv && tsv status | grep RUNNING && grep -c ended /var/lib/slow-ended | grep 2",
      );
    },
  );

  hostTest(
    "systemd knows how many programs run, reloads gently, and sees a daemon that hangs",
    kind,
    async (host) => {
      await installed(host, STEADY);
      const first = await isUp(host);
      const status = "systemctl show -p StatusText --value tsv";
      await host.until(`${status} | grep -x '1 program running'`);
      host.write(
        "/etc/tsv/conf.d/never.conf",
        "[program:never]\ncommand=/bin/false\nstartsecs=600\nstartretries=0\n",
      );
      const program = await host.must("tsv pid steady");
      await host.must("systemctl reload tsv");
      await host.until(`${status} | grep -x '1 program running, 1 failed: never'`);
      assert.equal(await host.must("tsv pid steady"), program);
      // The journal has times of its own, and the priorities of the lines.
      await host.must("journalctl --sync");
      const warnings = await host.must("journalctl -u tsv -p warning -o cat --no-pager");
      assert.match(warnings, /^exited: never/m);
      assert.doesNotMatch(warnings, /^(?:\d{4}-|<\d>)|^spawned/m);

      await host.must("mkdir -p /run/systemd/system/tsv.service.d");
      // Soon, but not so soon that a daemon on a busy machine would seem to hang.
      host.write("/etc/systemd/system/tsv.service.d/quick.conf", "[Service]\nWatchdogSec=10\n");
      await host.must("systemctl daemon-reload && systemctl restart tsv");
      const second = await isUp(host);
      assert.notEqual(second, first);
      await host.must(`kill -STOP ${second}`);
      await host.until(`pid=$(timeout 2 tsv pid) && [ "$pid" != ${second} ]`);
      await host.until("journalctl -u tsv --no-pager | grep 'Watchdog timeout'");

      await host.must("kill -HUP $(tsv pid)");
      await host.until("systemctl is-active tsv && tsv status steady | grep RUNNING");
      await host.must("journalctl --sync");
      assert.doesNotMatch(
        await host.must("journalctl -u tsv --no-pager -o cat"),
        /DAEMON_OPTS|Unknown key|timed out/,
      );
    },
  );
}
