// The service on real hosts, where init systems differ: a shutdown with slow programs, directories that a boot has emptied, a
// restart with a wrong configuration, and what systemd does and shows. What a killed daemon leaves is tried by
// install.test.ts; the scripts with a stand-in for the daemon by test/integration/initscripts.

import assert from "node:assert/strict";
import type { Host } from "./rig/host.ts";
import { KIND_NAMES, type KindName } from "./rig/kinds.ts";
import { hostTest, installed, isUp, STEADY } from "./rig/rig.ts";

/** Takes longer to stop than any init waits by default, less than it may. Says its pid when it is ready for the signal. */
const SLOW = `[program:slow]
command=/bin/sh -c 'trap "sleep 9; echo ended >>/var/lib/slow-ended; exit" TERM; echo $$ >/run/slow; while :; do sleep 1 & wait; done'
startsecs=0
stopwaitsecs=40
`;

/** How each init system starts and stops the service. */
const COMMANDS: Readonly<Record<KindName, readonly [start: string, stop: string]>> = {
  "systemd-bookworm": ["systemctl start tsv", "systemctl stop tsv"],
  "systemd-trixie": ["systemctl start tsv", "systemctl stop tsv"],
  sysv: ["service tsv start", "service tsv stop"],
  openrc: ["rc-service tsv start", "rc-service tsv stop"],
  runit: ["sv -w 20 start tsv", "sv -w 60 stop tsv"],
  s6: ["s6-svc -wu -T 60000 -u /etc/service/tsv", "s6-svc -wD -T 60000 -d /etc/service/tsv"],
};

async function slowIsUp(host: Host): Promise<number> {
  const daemon = await isUp(host, "slow");
  await host.until('[ "$(cat /run/slow)" = "$(tsv pid slow)" ]');
  return daemon;
}

for (const kind of KIND_NAMES) {
  // Debian's runit gives all services seven seconds at shutdown (/etc/runit/3), whatever a service says.
  if (kind !== "runit") {
    hostTest("a shutdown waits for a program that takes its time", kind, async (host) => {
      await installed(host, SLOW);
      await slowIsUp(host);
      await host.reboot();
      assert.equal(await host.must("cat /var/lib/slow-ended"), "ended\n");
      await isUp(host, "slow");
    });
  }

  const [start, stop] = COMMANDS[kind];
  hostTest(
    "empty /run and /var/log, and files of before a power cut, do not prevent a start",
    kind,
    async (host) => {
      await installed(host, STEADY);
      await isUp(host);
      await host.unplug();
      await host.boot();
      await isUp(host);
      await host.must(stop);
      await host.must("rm -rf /var/log/tsv");
      // As on a disk that keeps /run: a socket without a daemon, and the pid of another process.
      await host.must("mkdir -p /run/tsv && echo 1 >/run/tsv/tsv.pid");
      await host.must(
        `/usr/bin/perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/run/tsv/tsv.sock", Listen => 1)'`,
      );
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
  hostTest("a configuration that is refused is not tried again", kind, async (host) => {
    await installed(host, STEADY);
    await isUp(host);
    await host.must("systemctl stop tsv");
    host.write("/etc/tsv/conf.d/wrong.conf", "[program:x]\ncommand=x\nnumprocs=two\n");
    await host.run("systemctl start tsv");
    await host.until(
      "systemctl is-failed tsv && [ $(systemctl show -p NRestarts --value tsv) = 0 ] && ! pgrep -x tsv",
    );
    await host.must("rm /etc/tsv/conf.d/wrong.conf");
    await host.must("systemctl start tsv");
    await isUp(host);
  });

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
