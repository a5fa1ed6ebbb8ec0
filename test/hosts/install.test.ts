// `tsv install --boot` on a real host of each init system: from nothing to a service that survives reboots, upgrades, kills
// and power cuts, and back to a host on which no file tells that it was ever there.

import assert from "node:assert/strict";
import { KIND_NAMES } from "./rig/kinds.ts";
import { assertSameTree, downloaded, hostTest, isGone, isUp, STEADY } from "./rig/rig.ts";
import type { TreeOptions } from "./rig/tree.ts";

/** Logs grow, and stay; the rest of a host must be what it was. */
const LOGS: TreeOptions = { ignore: ["/var/log/tsv", "/var/log/tsv/**"] };

/** What systemd knows of a service that nothing has happened to. */
const SHOWN = "systemctl show tsv -p MainPID,NRestarts,ActiveState,SubState,ActiveEnterTimestamp";

for (const kind of KIND_NAMES) {
  hostTest(
    "install --boot: it answers, survives reboot, upgrade, kill and power cut, and goes without a trace",
    kind,
    async (host) => {
      await downloaded(host);
      assert.equal((await host.must("cat /proc/1/comm")).trim(), host.kind.init);
      const before = host.tree();
      const install = "/root/tsv install --boot --yes";
      assert.match(await host.must(install), /tsv answers on unix:\/\/\/run\/tsv\/tsv\.sock/);
      host.write("/etc/tsv/conf.d/steady.conf", STEADY);
      await host.must("tsv update");
      await isUp(host);

      const installed = host.tree(LOGS);
      assert.match(await host.must(install), /Nothing to do/);
      assertSameTree(installed, host.tree(LOGS));
      assert.match(await host.must("tsv install --status"), /answering +yes/);

      await host.reboot();
      const first = await isUp(host);
      const look = (): Promise<string> =>
        host.must(`tsv pid; tsv pid steady; ${kind.startsWith("systemd") ? SHOWN : ""}`);
      const running = await look();
      for (const _ of [1, 2]) {
        // As a package does it: another file of the same name.
        await host.must("cp -p /usr/local/bin/tsv /root/new && mv /root/new /usr/local/bin/tsv");
        assert.match(await host.must("tsv upgrade"), /^Upgraded tsv /);
        assert.equal(await look(), running, "an upgrade in place changes nothing else");
      }

      for (const _ of [1, 2]) {
        await host.must(`kill -9 $(pgrep -P ${first} -x tsv-daemon)`);
        await host.until("tsv status steady | grep RUNNING");
        assert.equal(await look(), running, "the death of the daemon changes nothing else");
      }

      // The keeper, which takes the daemon with it, and both at the same time.
      for (const daemon of ["", "$(pgrep -P $pid -x tsv-daemon)"]) {
        const killed = await host.must(`pid=$(tsv pid); kill -9 $pid ${daemon}; echo $pid`);
        await host.until(
          `pid=$(tsv pid) && [ "$pid" != ${killed.trim()} ] && tsv status steady | grep RUNNING`,
        );
        const programs = await host.must("pgrep -x -f '/bin/sleep 100000'");
        assert.equal(programs.trim().split("\n").length, 1, "what was left was ended first");
      }

      await host.unplug();
      // What a power cut leaves on a disk that keeps /run, and directories that are emptied at boot.
      await host.boot();
      await isUp(host);
      assert.match(await host.must("tsv install --status"), /answering +yes/);

      await host.must("rm /etc/tsv/conf.d/steady.conf");
      await host.must("tsv uninstall --yes --purge");
      assertSameTree(before, host.tree());
      await isGone(host);
      await host.reboot();
      assertSameTree(before, host.tree());
    },
  );
}
