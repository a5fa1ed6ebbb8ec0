// The packages beside Debian's supervisor, and instead of it.

import assert from "node:assert/strict";
import type { Host } from "../hosts/rig/host.ts";
import { assertSameTree, hostTest } from "../hosts/rig/rig.ts";
import { BOOKS, bring, dpkg } from "./rig/on-host.ts";

const PACKAGES = { packages: ["supervisor"] };
const CONFIG = "/etc/supervisor/supervisord.conf";
const IGNORED = { ignore: [...(BOOKS.ignore ?? []), "/var/log/supervisor/*"] };

async function withProgram(host: Host): Promise<void> {
  await bring(host);
  host.write("/etc/supervisor/conf.d/old.conf", "[program:old]\ncommand=/bin/sleep 100000\n");
  await host.boot();
  await host.until("supervisorctl status old | grep RUNNING");
}

hostTest(
  "tsv stands beside Debian's supervisor, and tsv uninstall says what removes a package",
  "systemd-bookworm",
  async (host) => {
    await withProgram(host);
    const before = host.tree(IGNORED);
    const pid = await host.must("supervisorctl pid old");
    await dpkg(host, "-i /root/old.deb");
    assert.equal((await host.run("tsv status")).status, 0);
    assert.equal(await host.must("supervisorctl pid old"), pid);
    const refused = await host.run("tsv uninstall --yes");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /by the package tsv[\s\S]*apt remove tsv/);
    // The names are Supervisor's, so the packages exclude each other.
    const both = await host.run("dpkg --no-act -i /root/old-names.deb");
    assert.match(
      `${both.stdout}${both.stderr}`,
      /will remove supervisor in favour of tsv-supervisor/,
    );
    await dpkg(host, "-P tsv");
    assertSameTree(before, host.tree(IGNORED));
    assert.equal(await host.must("supervisorctl pid old"), pid);
  },
  PACKAGES,
);

for (const kind of ["systemd-bookworm", "sysv"] as const) {
  hostTest(
    "taking over first, programs run on when Debian's supervisor is replaced by tsv-supervisor",
    kind,
    async (host) => {
      await withProgram(host);
      await dpkg(host, "-i /root/old.deb");
      await host.must("tsv install --boot --take-over --yes");
      await host.until("supervisorctl status old | grep RUNNING");
      const pid = await host.must("supervisorctl pid old");
      await dpkg(host, "-i /root/old-names.deb");
      // Debian's init script for SysV stops whatever its pid file names, and that is tsv by now: it is started again.
      if (kind !== "sysv") assert.equal(await host.must("supervisorctl pid old"), pid);
      await host.until("supervisorctl status old | grep RUNNING");
      assert.equal((await host.must("readlink /usr/bin/supervisorctl")).trim(), "tsv");
      assert.equal((await host.run("python3 -c 'import supervisor'")).status, 1, "it is gone");
      await host.reboot();
      await host.until("supervisorctl status old | grep RUNNING");
      await dpkg(host, "-i /root/next.deb /root/next-names.deb");
      await host.must("supervisorctl status old | grep RUNNING");
      await dpkg(host, "-P tsv-supervisor tsv");
      assert.equal((await host.run("pgrep -f '[s]leep 100000'")).status, 1);
      assert.equal(host.read(CONFIG).includes("[unix_http_server]"), true, "it is not tsv's");
    },
    PACKAGES,
  );
}

hostTest(
  "replacing Debian's supervisor directly prints the command that runs its configuration, and it works",
  "systemd-bookworm",
  async (host) => {
    await withProgram(host);
    const said = await dpkg(host, "-i /root/old.deb /root/old-names.deb");
    assert.match(said, /tsv install --boot --config \/etc\/supervisor\/supervisord\.conf/);
    assert.equal((await host.run("pgrep -f '[s]leep 100000'")).status, 1);
    await host.must(`tsv install --boot --config ${CONFIG} --yes`);
    await host.until("supervisorctl status old | grep RUNNING");
    assert.match(await host.must("tsv install --status"), /answering +yes/);
    await host.reboot();
    await host.until("supervisorctl status old | grep RUNNING");
    // What the installer wrote beside the package's files goes, and the package runs as it did.
    await host.must("tsv uninstall --yes");
    assert.match(await host.must("tsv install --status"), /\/etc\/tsv\/tsv\.conf/);
    assert.equal((await host.run("[ -e /etc/systemd/system/tsv.service.d ]")).status, 1);
    await host.until("tsv pid");
  },
  PACKAGES,
);
