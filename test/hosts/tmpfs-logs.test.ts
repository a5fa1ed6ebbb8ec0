// /var/log in memory, as log2ram and many a Raspberry Pi have it: empty after each boot. The daemon and its programs log
// again, and by the directory's owner and mode.

import assert from "node:assert/strict";
import type { KindName } from "./rig/kinds.ts";
import { hostTest, installed, isUp } from "./rig/rig.ts";

const CONFIG = `[supervisord]
logfile_flush_interval=3600

[program:talks]
command=/bin/sh -c 'echo "talks since $(cat /proc/sys/kernel/random/boot_id)"; exec sleep 100000'
startsecs=0
stdout_logfile=/var/log/tsv/talks.log

[program:auto]
command=/bin/sh -c 'echo automatic; exec sleep 100000'
startsecs=0
`;

const KINDS: readonly KindName[] = ["systemd-bookworm", "sysv", "openrc", "runit"];

for (const kind of KINDS) {
  hostTest("logs again on a /var/log that each boot empties", kind, async (host) => {
    host.write("/etc/fstab", "tmpfs /var/log tmpfs mode=0755,size=32m 0 0\n");
    await installed(host, CONFIG);
    assert.equal((await host.must("findmnt -n -o FSTYPE /var/log")).trim(), "tmpfs");
    await host.must("tsv reload");
    await isUp(host, "talks");
    const directory = (await host.must("stat -c '%U:%G %a' /var/log/tsv")).trim();
    for (const cut of [false, true]) {
      if (cut) {
        await host.unplug();
        await host.boot();
      } else await host.reboot();
      await host.until("tsv status talks | grep RUNNING && tsv status auto | grep RUNNING");
      assert.equal((await host.must("findmnt -n -o FSTYPE /var/log")).trim(), "tmpfs");
      assert.equal((await host.must("stat -c '%U:%G %a' /var/log/tsv")).trim(), directory);
      // Through the daemon, which writes out first what waits. A program that runs may not have spoken yet.
      await host.until("tsv tail talks | grep -xE 'talks since [-0-9a-f]{36}'");
      await host.until("tsv tail auto | grep -x automatic");
      const log = await host.must("tsv maintail -100000");
      assert.match(log, /success: talks entered RUNNING state/);
      assert.doesNotMatch(log, / ERRO | CRIT .*log/);
      // The boot before this one left nothing behind.
      const files = (await host.must("cat /var/log/tsv/*talks*")).match(/talks since/g);
      assert.equal(files?.length, 1);
    }
    await host.halt();
  });
}
