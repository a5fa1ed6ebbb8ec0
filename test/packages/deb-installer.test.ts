// The package on a host with an earlier `tsv install`: neither removes the other's files or stops its programs.

import assert from "node:assert/strict";
import { assertSameTree, downloaded, hostTest, isGone } from "../hosts/rig/rig.ts";
import { BOOKS, bring, dpkg, packaged, runsInstalled } from "./rig/on-host.ts";

hostTest(
  "an installation of tsv install continues when the package is installed, upgraded and removed; switching to it takes two commands",
  "systemd-bookworm",
  async (host) => {
    await bring(host);
    await downloaded(host);
    await host.must("/root/tsv install --boot --yes");
    const pid = await host.must("tsv pid");
    const said = await dpkg(host, "-i /root/old.deb");
    assert.match(said, /an installation by tsv install exists/);
    assert.equal(await host.must("/usr/local/bin/tsv pid"), pid);
    assert.match(await host.must("/usr/local/bin/tsv install --boot --yes"), /Nothing to do/);
    const refused = await host.run("/usr/bin/tsv install --boot --yes");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /\/usr\/bin\/tsv uninstall[\s\S]*\/usr\/bin\/tsv install --boot/);
    await dpkg(host, "-i /root/next.deb");
    await dpkg(host, "-P tsv");
    assert.equal(await host.must("/usr/local/bin/tsv pid"), pid);

    await dpkg(host, "-i /root/old.deb");
    await host.must("/usr/bin/tsv uninstall --yes");
    await host.must("/usr/bin/tsv install --boot --yes");
    assert.equal(
      (await host.must("readlink -f /proc/$(pgrep -P $(tsv pid) tsv-daemon)/exe")).trim(),
      "/usr/bin/tsv",
    );
    assert.equal((await host.run("[ -e /etc/systemd/system/tsv.service ]")).status, 1);
    await host.reboot();
    await host.until("tsv pid");
    assert.match(await host.must("tsv install --status"), /answering +yes/);
  },
);

hostTest(
  "with an init script of tsv install in the place of the package's, the package reports it and changes nothing",
  "sysv",
  async (host) => {
    await bring(host);
    await downloaded(host);
    await host.must("/root/tsv install --boot --yes");
    const pid = await host.must("tsv pid");
    const refused = await host.run("dpkg --force-confold -i /root/old.deb");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /Remove\s+that\s+installation\s+first:\s+tsv\s+uninstall/);
    assert.equal(await host.must("tsv pid"), pid);
    await host.must("tsv uninstall --yes");
    await dpkg(host, "-i /root/old.deb");
    await host.until("/usr/bin/tsv pid");
  },
);

hostTest(
  "a second instance beside the package's is the installer's, and is upgraded with it",
  "systemd-bookworm",
  async (host) => {
    await packaged(host);
    await host.must("tsv install --boot --yes --name second");
    const second = "tsv pid -c /etc/second/tsv.conf";
    const pid = await host.must(second);
    await dpkg(host, "-i /root/next.deb");
    assert.equal(await host.must(second), pid);
    await host.must(`[ /proc/$(pgrep -P ${pid.trim()} tsv-daemon)/exe -ef /usr/bin/tsv ]`);
    const said = await dpkg(host, "-r tsv");
    assert.match(said, /the service second also runs \/usr\/bin\/tsv: it keeps running/);
    await host.must(`kill -0 ${pid}`);
    await dpkg(host, "-i /root/old.deb");
    await host.must("tsv uninstall --yes --purge --name second");
    await host.must("tsv pid");
  },
);

hostTest(
  "tsv install without --boot leaves the package's service the package's",
  "systemd-bookworm",
  async (host) => {
    await packaged(host);
    const before = await host.must("tsv install --status");
    assert.match(await host.must("tsv install --yes"), /Nothing to do/);
    assert.equal(await host.must("tsv install --status"), before);
    host.write("/etc/other.conf", host.read("/etc/tsv/tsv.conf"));
    const refused = await host.run("tsv install --yes --config /etc/other.conf");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /use\s+--boot\s+to\s+run\s+it\s+with\s+\/etc\/other\.conf/);
    assert.doesNotMatch(
      await dpkg(host, "-i /root/next.deb"),
      /an installation by tsv install exists/,
    );
    await dpkg(host, "-r tsv");
    await isGone(host);
  },
);

hostTest(
  "where the package has no service, that of tsv install is upgraded and removed with the package",
  "s6",
  async (host) => {
    await bring(host);
    await host.boot();
    const before = host.tree(BOOKS);
    await dpkg(host, "-i /root/old.deb");
    await host.must("tsv install --boot --yes");
    const pid = await host.must("tsv pid");
    assert.doesNotMatch(
      await dpkg(host, "-i /root/next.deb"),
      /an installation by tsv install exists/,
    );
    assert.equal(await host.must("tsv pid"), pid);
    assert.ok(await runsInstalled(host));
    await dpkg(host, "-P tsv");
    await isGone(host);
    assertSameTree(before, host.tree(BOOKS));
  },
);
