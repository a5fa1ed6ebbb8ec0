// The RPM packages: through dnf's solver into a root, and by rpm on a host that runs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { Host } from "../hosts/rig/host.ts";
import { assertSameTree, hostTest, isGone } from "../hosts/rig/rig.ts";
import { Dnf, withoutDnf } from "./rig/dnf.ts";
import {
  addCounter,
  countedOn,
  killDaemon,
  pids,
  removeCounter,
  runsInstalled,
} from "./rig/on-host.ts";
import { hasRpm, OLD, packages } from "./rig/packages.ts";

/** Fedora's policy: nothing starts because it was installed. */
const PRESET = ["/usr/lib/systemd/system-preset/99-default-disable.preset", "disable *\n"] as const;

function asFedora(host: Host): void {
  host.write(...PRESET);
  host.write("/etc/sysconfig/network", "");
}

/** Groups stay: who gets the number next would own what the group owned. */
const GROUP = ["/etc/group", "/etc/group-", "/etc/gshadow", "/etc/gshadow-"];

hostTest(
  "dnf installs, upgrades, downgrades and removes the packages, and nothing stays but what was edited",
  "systemd-bookworm",
  async (host, t) => {
    const absent = withoutDnf();
    if (absent !== false) return t.skip(absent);
    asFedora(host);
    const { old, next } = await packages();
    const rpms = [old.rpm, next.rpm, old.supervisorRpm, next.supervisorRpm];
    const dnf = new Dnf(host.root, rpms, requiresOf(old.rpm));
    try {
      dnf.dnf("install", "stand-in");
      const ignored = { ignore: [...dnf.books, ...GROUP] };
      const before = host.tree(ignored);
      dnf.dnf("install", `tsv-${OLD}`);
      assert.equal(host.read("/usr/lib/systemd/system/tsv.service").includes("/usr/bin/tsv"), true);
      assert.equal(
        host.tree().has("/etc/systemd/system/multi-user.target.wants/tsv.service"),
        false,
      );
      dnf.dnf("upgrade", "tsv");
      dnf.dnf("reinstall", "tsv");
      dnf.dnf("downgrade", `tsv-${OLD}`);
      dnf.dnf("install", `tsv-supervisor-${OLD}`);
      assert.throws(() => dnf.dnf("install", "supervisor"), /conflicts/);
      dnf.dnf("remove", "tsv-supervisor");
      dnf.dnf("remove", "tsv");
      assertSameTree(before, host.tree(ignored));

      // The distribution's own can be replaced when that is asked for, and an update never does it.
      dnf.dnf("install", "supervisor");
      dnf.dnf("install", "tsv");
      assert.throws(() => dnf.dnf("install", "tsv-supervisor"), /conflicts/);
      dnf.dnf("upgrade");
      assert.match(dnf.dnf("swap", "supervisor", "tsv-supervisor"), /supervisor/);
      host.write("/etc/tsv/tsv.conf", `${host.read("/etc/tsv/tsv.conf")}; mine\n`);
      dnf.dnf("remove", "tsv", "tsv-supervisor");
      assert.match(host.read("/etc/tsv/tsv.conf.rpmsave"), /; mine/);
    } finally {
      dnf.dispose();
    }
  },
);

hostTest(
  "rpm: tsv install --boot starts what Fedora would not, an upgrade stops nothing, erasing stops it",
  "systemd-bookworm",
  async (host, t) => {
    if (!hasRpm()) return t.skip("rpmbuild missing; run make test-packages");
    asFedora(host);
    const { old, next } = await packages();
    host.put(old.rpm, "/root/old.rpm", 0o644);
    host.put(next.rpm, "/root/next.rpm", 0o644);
    await host.boot();
    await host.must("rpm --initdb");
    const ignored = { ignore: [...GROUP, "/root/.rpmdb/**", "/root/.rpmdb", "/var/log/tsv*"] };
    const before = host.tree(ignored);
    // Nothing on Debian provides what the package requires in rpm's words.
    const rpm = async (words: string): Promise<string> => {
      const { status, stdout, stderr } = await host.run(`rpm ${words}`, { timeoutMs: 180_000 });
      assert.equal(status, 0, `${stdout}${stderr}`);
      return `${stdout}${stderr}`;
    };
    await rpm("-i --nodeps /root/old.rpm");
    assert.notEqual((await host.run("systemctl is-active --quiet tsv")).status, 0);
    assert.equal((await host.must("rpm -V --nodeps tsv")).trim(), "");
    await host.must("tsv install --boot --yes");
    assert.match(await host.must("tsv install --boot --yes"), /Nothing to do/);
    await addCounter(host);
    await host.reboot();
    await host.until("tsv status count | grep RUNNING");
    const running = await pids(host);
    await killDaemon(host);
    await rpm("-U --nodeps /root/next.rpm");
    await killDaemon(host);
    assert.deepEqual(await pids(host), running, "an upgrade stops nothing");
    assert.ok(await runsInstalled(host), "the daemon is the new version");
    await rpm("-U --nodeps --oldpackage /root/old.rpm");
    assert.deepEqual(await pids(host), running, "a downgrade stops nothing");
    await countedOn(host);

    await removeCounter(host);
    await host.must("rm -f /var/log/tsv/count*");
    await rpm("-e tsv");
    await isGone(host);
    assertSameTree(before, host.tree(ignored));
    assert.equal((await host.run("systemctl is-enabled tsv")).status, 1);
  },
  { packages: ["rpm"] },
);

/** What the package wants of a distribution, in rpm's words. */
function requiresOf(rpm: string): readonly string[] {
  const { stdout } = spawnSync("rpm", ["-qp", "--requires", rpm], { encoding: "utf8" });
  return stdout.split("\n").filter((word) => /^lib/.test(word));
}
