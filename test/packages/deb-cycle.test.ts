// The Debian package from its first installation to its purge, on a real host of each init system.

import assert from "node:assert/strict";
import type { KindName } from "../hosts/rig/kinds.ts";
import { assertSameTree, hostTest, isGone } from "../hosts/rig/rig.ts";
import {
  addCounter,
  BOOKS,
  bring,
  countedOn,
  dpkg,
  killDaemon,
  pids,
  removeCounter,
  runsInstalled,
} from "./rig/on-host.ts";

const KINDS = [
  "systemd-bookworm",
  "systemd-trixie",
  "sysv",
  "openrc",
  "runit",
] as const satisfies readonly KindName[];

for (const kind of KINDS) {
  hostTest(
    "a package is installed, runs, starts after a boot, upgrades under load, downgrades, is removed and purged",
    kind,
    async (host) => {
      await bring(host);
      await host.boot();
      const before = host.tree(BOOKS);
      // As after the clock was set back: no script is newer than OpenRC's dependency tree.
      if (kind === "openrc") await host.must("touch -d '+1 hour' /run/openrc/deptree");
      await dpkg(host, "-i /root/old.deb");
      if (kind === "openrc") await host.must(`grep "='tsv'" /run/openrc/deptree`);
      assert.equal((await host.run("tsv status")).status, 0);
      assert.match(await host.must("tsv install --status"), /answering +yes/);
      assert.equal((await host.must("dpkg --verify tsv")).trim(), "");
      assert.equal(
        (await host.must("stat -c '%U:%G %a' /etc/tsv/tsv.conf")).trim(),
        "root:tsv 640",
      );
      assert.equal((await host.must("stat -c '%U:%G %a' /var/log/tsv")).trim(), "root:tsv 750");
      await addCounter(host);

      await host.reboot();
      await host.until("tsv status count | grep RUNNING");
      const running = await pids(host);
      await killDaemon(host);
      await dpkg(host, "-i /root/next.deb");
      assert.deepEqual(await pids(host), running, "an upgrade stops nothing");
      assert.ok(await runsInstalled(host), "the daemon is the new version");
      await killDaemon(host);
      assert.deepEqual(await pids(host), running, "a death after an upgrade stops nothing");
      assert.ok(await runsInstalled(host), "the next daemon is the new version too");
      await countedOn(host);
      await dpkg(host, "-i /root/next.deb");
      assert.deepEqual(await pids(host), running, "the same version again stops nothing");
      await dpkg(host, "-i /root/old.deb");
      assert.deepEqual(await pids(host), running, "a downgrade stops nothing");
      assert.ok(await runsInstalled(host), "the daemon is the old version");
      await countedOn(host);

      await removeCounter(host);
      await dpkg(host, "-r tsv");
      await isGone(host);
      assert.equal((await host.run("[ -e /etc/tsv/tsv.conf ]")).status, 0, "configuration stays");
      await host.reboot();
      await isGone(host);
      await dpkg(host, "-i /root/next.deb");
      await host.until("tsv pid");
      // As after a repair by doctor.
      host.write("/var/lib/tsv/doctor/0001/1/repair.json", "{}\n");
      if (kind.startsWith("systemd")) {
        host.write("/etc/systemd/system/tsv.service.d/zz-tsv-doctor-stop.conf", "[Service]\n");
      }
      await dpkg(host, "-P tsv");
      assertSameTree(before, host.tree(BOOKS));
    },
  );
}
