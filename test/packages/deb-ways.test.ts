// The Debian package where something is not as usual: what an administrator has decided, what policy forbids, roots that
// nothing boots, upgrades that fail.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { Host } from "../hosts/rig/host.ts";
import { assertSameTree, hostTest, isGone } from "../hosts/rig/rig.ts";
import {
  addCounter,
  BOOKS,
  bring,
  countedOn,
  dpkg,
  packaged,
  pids,
  runsInstalled,
} from "./rig/on-host.ts";
import { packages } from "./rig/packages.ts";

const UNIT = "systemctl show -P UnitFileState tsv";

async function isActive(host: Host): Promise<boolean> {
  return (await host.run("systemctl is-active --quiet tsv")).status === 0;
}

hostTest(
  "an upgrade leaves alone what was stopped, disabled or masked",
  "systemd-bookworm",
  async (host) => {
    await packaged(host);
    await host.must("systemctl stop tsv");
    await dpkg(host, "-i /root/next.deb");
    assert.equal(await isActive(host), false, "stopped stays stopped");

    await host.must("systemctl disable tsv");
    await dpkg(host, "-i /root/old.deb");
    assert.equal((await host.must(UNIT)).trim(), "disabled");
    assert.equal(await isActive(host), false);
    await host.must("tsv install --boot --yes");
    assert.equal((await host.must(UNIT)).trim(), "enabled");
    assert.equal(await isActive(host), true);

    await host.must("systemctl disable --now tsv && systemctl mask tsv");
    await dpkg(host, "-i /root/next.deb");
    assert.equal((await host.must(UNIT)).trim(), "masked");
    const refused = await host.run("tsv install --boot --yes");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /masked[\s\S]*systemctl unmask tsv/);
    await dpkg(host, "-P tsv");
    assert.equal((await host.must("readlink /etc/systemd/system/tsv.service")).trim(), "/dev/null");
  },
);

hostTest(
  "a refused upgrade installs the package, and the daemon continues; so does one that policy forbids",
  "systemd-bookworm",
  async (host) => {
    await packaged(host);
    await addCounter(host);
    const running = await pids(host);
    // The new version reads the configuration before it takes over.
    host.write("/etc/tsv/conf.d/bad.conf", "[program:bad]\ncommand=/bin/true\nstartsecs=many\n");
    const refused = await dpkg(host, "-i /root/next.deb");
    assert.match(refused, /keeps running with the old version; to try again: tsv upgrade -c/);
    assert.deepEqual(await pids(host), running);
    assert.equal(await runsInstalled(host), false);
    await countedOn(host);
    await host.must("rm /etc/tsv/conf.d/bad.conf && tsv upgrade");
    assert.deepEqual(await pids(host), running);
    assert.ok(await runsInstalled(host));

    host.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755);
    const forbidden = await dpkg(host, "-i /root/old.deb");
    assert.match(forbidden, /policy-rc\.d forbids/);
    assert.equal(await runsInstalled(host), false);
    assert.deepEqual(await pids(host), running);
    await countedOn(host);
  },
);

hostTest(
  "an upgrade waits a limited time for a daemon that hangs, and says what to do when it answers again",
  "sysv",
  async (host) => {
    await packaged(host);
    const pid = (await host.must("tsv pid")).trim();
    // Minutes of waiting, in a second.
    const timeout = '#!/bin/sh\nshift\nexec /usr/bin/timeout 1 "$@"\n';
    host.write("/root/hurried/timeout", timeout, 0o755);
    await host.must(`kill -STOP ${pid}`);
    const said = await host.must("PATH=/root/hurried:$PATH dpkg -i /root/next.deb 2>&1");
    assert.match(said, /does not answer; to try again later: tsv upgrade -c/);
    await host.must(`kill -CONT ${pid}`);
    // It has been asked, and may be at it.
    await host.until("tsv upgrade -c /etc/tsv/tsv.conf");
    assert.equal((await host.must("tsv pid")).trim(), pid);
    assert.ok(await runsInstalled(host));
  },
);

hostTest(
  "policy-rc.d keeps a new package from starting, and it starts at the next boot",
  "sysv",
  async (host) => {
    await bring(host);
    host.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755);
    await host.boot();
    await dpkg(host, "-i /root/old.deb");
    await isGone(host);
    await host.reboot();
    await host.until("tsv pid");
    await host.must("update-rc.d tsv disable && service tsv stop");
    await dpkg(host, "-i /root/next.deb");
    await host.reboot();
    await isGone(host);
    await host.must("tsv install --boot --yes");
    await host.reboot();
    await host.until("tsv pid");
  },
);

hostTest(
  "a package is installed into a root that nothing boots, and runs when that boots",
  "systemd-bookworm",
  async (host) => {
    await bring(host);
    const before = host.tree(BOOKS);
    await host.bootWithoutInit();
    await dpkg(host, "-i /root/old.deb");
    await dpkg(host, "-i /root/next.deb");
    await isGone(host);
    await dpkg(host, "-P tsv");
    assertSameTree(before, host.tree(BOOKS));
    await dpkg(host, "-i /root/old.deb");
    await host.unplug();
    await host.boot();
    await host.until("tsv pid");
  },
);

hostTest(
  "a package is installed from outside with DPKG_ROOT, where nothing of the root is run",
  "systemd-bookworm",
  async (host) => {
    const { old, next } = await packages();
    const before = host.tree(BOOKS);
    const outside = (...words: readonly string[]): void => {
      const argv = [
        `--root=${host.root}`,
        "--force-script-chrootless",
        "--force-depends",
        ...words,
      ];
      const { status, stdout, stderr } = spawnSync("dpkg", argv, { encoding: "utf8" });
      assert.equal(status, 0, `${stdout}${stderr}`);
    };
    outside("-i", old.deb);
    const group = /^tsv:x:(\d+):$/m.exec(host.read("/etc/group"))?.[1];
    assert.ok(group !== undefined);
    assert.equal(host.tree().get("/etc/tsv/tsv.conf")?.owner, `0:${group}`);
    outside("-i", next.deb);
    outside("-P", "tsv");
    assertSameTree(before, host.tree(BOOKS));
    outside("-i", next.deb);
    await host.boot();
    await host.until("tsv pid");
  },
);

hostTest(
  "an aborted removal starts the service again, and a second purge does no harm",
  "systemd-bookworm",
  async (host) => {
    await packaged(host);
    await host.must("/var/lib/dpkg/info/tsv.prerm remove");
    assert.equal(await isActive(host), false);
    await host.must("/var/lib/dpkg/info/tsv.postinst abort-remove");
    assert.equal(await isActive(host), true);
    const pid = await host.must("tsv pid");
    await host.must(
      "/var/lib/dpkg/info/tsv.prerm upgrade 2 && /var/lib/dpkg/info/tsv.postinst abort-upgrade 2",
    );
    assert.equal(await host.must("tsv pid"), pid);
    await host.must("cp /var/lib/dpkg/info/tsv.postrm /root/postrm");
    await dpkg(host, "-P tsv");
    await host.must("/root/postrm purge && /root/postrm purge");
  },
);
