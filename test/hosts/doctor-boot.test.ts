// `tsv doctor` on real hosts of each init system, with a service that is really broken: it names the code, --fix fixes it, a
// second look finds nothing, neither the daemon nor its programs notice, and nothing else of the host has changed.

import assert from "node:assert/strict";
import type { Host } from "./rig/host.ts";
import type { KindName } from "./rig/kinds.ts";
import { assertSameTree, hostTest, installed, isUp, STEADY } from "./rig/rig.ts";
import type { TreeOptions } from "./rig/tree.ts";

/** Logs grow, and doctor writes down what it does. */
const OWN: TreeOptions = {
  ignore: ["/var/log/tsv/**", "/var/lib/tsv/doctor", "/var/lib/tsv/doctor/**"],
};

/** A doctor that lies outside of the places that are broken. */
const DOCTOR = "/root/tsv doctor";

/** How a service is broken on each init system. */
interface Breaking {
  readonly disable: string;
  /** Once it is enabled again. */
  readonly enabled?: string;
  readonly isEnabled: string;
  readonly stop: string;
  /** Its unit or script. */
  readonly file: string;
}

const SYSTEMD: Breaking = {
  disable: "systemctl disable tsv",
  isEnabled: "systemctl is-enabled tsv",
  stop: "systemctl stop tsv",
  file: "/etc/systemd/system/tsv.service",
};

const KINDS: Readonly<Partial<Record<KindName, Breaking>>> = {
  "systemd-bookworm": SYSTEMD,
  sysv: {
    disable: "update-rc.d tsv disable",
    isEnabled: "ls /etc/rc2.d/S*tsv",
    stop: "service tsv stop",
    file: "/etc/init.d/tsv",
  },
  openrc: {
    disable: "rc-update del tsv default",
    isEnabled: "ls /etc/runlevels/default/tsv",
    stop: "rc-service tsv stop",
    file: "/etc/init.d/tsv",
  },
  runit: {
    // runsvdir stops a service whose link is gone, but only when it next looks, every five seconds: it is kept from looking,
    // or it might stop the service in the moment after doctor has found it running.
    disable: "pkill -STOP -x runsvdir && rm /etc/service/tsv",
    enabled: "pkill -CONT -x runsvdir",
    isEnabled: "ls -L /etc/service/tsv/run",
    stop: "sv -w 60 stop tsv",
    file: "/etc/sv/tsv/run",
  },
  s6: {
    disable: "rm /etc/service/tsv",
    isEnabled: "ls -L /etc/service/tsv/run",
    stop: "s6-svc -wD -T 60000 -d /etc/service/tsv",
    file: "/etc/s6/sv/tsv/run",
  },
};

/** Installs tsv with one program. */
async function healthy(host: Host): Promise<void> {
  await installed(host, STEADY);
  await isUp(host);
  await isWell(host);
}

/** Of the daemon and its program. */
async function pids(host: Host): Promise<string> {
  return await host.must("/root/tsv pid; /root/tsv pid steady");
}

async function isWell(host: Host): Promise<void> {
  assert.equal(await host.must(`${DOCTOR} --quiet`), "No problems found.\n");
}

/** Doctor names the code, fixes it, and finds nothing any more. */
async function fixes(host: Host, code: string, yes = ""): Promise<void> {
  const before = await host.run(`${DOCTOR} --quiet`);
  assert.match(before.stdout, new RegExp(`${code} `), before.stdout + before.stderr);
  const fixed = await host.run(`${DOCTOR} --fix ${yes}`);
  assert.match(fixed.stdout, new RegExp(`${code} .*: fixed`), fixed.stdout + fixed.stderr);
  assert.equal(fixed.status, 0);
  await isWell(host);
}

for (const [kind, breaking] of Object.entries(KINDS) as [KindName, Breaking][]) {
  hostTest("doctor fixes a service whose start, file or executable is gone", kind, async (host) => {
    await healthy(host);
    const before = host.tree(OWN);

    await host.must(breaking.disable);
    await fixes(host, "BOOT-001");
    await host.must(breaking.isEnabled);
    await host.must(breaking.enabled ?? "true");
    assertSameTree(before, host.tree(OWN));

    const running = await pids(host);
    await host.must(["rm", breaking.file]);
    await fixes(host, "BOOT-002");
    assertSameTree(before, host.tree(OWN));
    assert.equal(await pids(host), running);

    await host.must("mv /usr/local/bin/tsv /opt/tsv");
    await fixes(host, "BOOT-002");
    assert.equal(await pids(host), running);
    await host.must("rm /opt/tsv");
    // What doctor ran from lies in root's home, where a service has no business: it was copied.
    assertSameTree(before, host.tree(OWN));

    await host.must(breaking.stop);
    await host.must("mkdir -p /run/tsv && echo 99999 >/run/tsv/tsv.pid");
    await fixes(host, "BOOT-009");
    await isUp(host);
    assertSameTree(before, host.tree(OWN));

    await host.reboot();
    await isUp(host);
    await isWell(host);
  });

  hostTest("doctor's changes to a service can be undone", kind, async (host) => {
    await healthy(host);
    await host.must(breaking.disable);
    const broken = host.tree(OWN);
    await fixes(host, "BOOT-001");
    await host.must(`${DOCTOR} --undo --yes`);
    assertSameTree(broken, host.tree(OWN));
    await host.must(["rm", breaking.file]);
    const gone = host.tree(OWN);
    await fixes(host, "BOOT-002");
    await host.must(`${DOCTOR} --undo --yes`);
    assertSameTree(gone, host.tree(OWN));
  });
}

hostTest(
  "doctor reloads systemd after a change of a unit, and fixes a drop-in or a mask",
  "systemd-bookworm",
  async (host) => {
    await healthy(host);
    const running = await pids(host);
    await host.must("sed -i 's/^RestartSec=2$/RestartSec=3/' /etc/systemd/system/tsv.service");
    await fixes(host, "BOOT-003");
    await host.must("sed -i 's/^RestartSec=3$/RestartSec=2/' /etc/systemd/system/tsv.service");
    await fixes(host, "BOOT-003");

    host.write(
      "/etc/tsv/conf.d/slow.conf",
      "[program:slow]\ncommand=/bin/sleep 9\nstopwaitsecs=200\nautostart=false\n",
    );
    await host.must("tsv update");
    await fixes(host, "BOOT-005");
    assert.match(host.read("/etc/systemd/system/tsv.service"), /^TimeoutStopSec=210$/m);
    assert.match(await host.must("tsv install --status"), /unchanged since the installation/);

    host.write("/etc/systemd/system/tsv.service.d/own.conf", "[Service]\nOOMPolicy=stop\n");
    await host.must("systemctl daemon-reload");
    const asked = await host.run(`${DOCTOR} --fix`);
    assert.match(asked.stdout, /BOOT-006 tsv: not fixed/);
    await fixes(host, "BOOT-006", "--yes");
    assert.match(await host.must("systemctl show -p OOMPolicy tsv"), /continue/);
    await host.must(`${DOCTOR} --undo --yes`);
    assert.match(await host.must("systemctl show -p OOMPolicy tsv"), /stop/);
    await host.must("rm -r /etc/systemd/system/tsv.service.d && systemctl daemon-reload");

    await host.must("ln -sf /dev/null /etc/systemd/system/tsv.service && systemctl daemon-reload");
    await fixes(host, "BOOT-001", "--yes");
    assert.equal(await pids(host), running);
    assert.match(await host.must("tsv install --status"), /unchanged since the installation/);
  },
);

hostTest(
  "doctor says the same to who is not root, changes nothing, and is silent in a container",
  "systemd-bookworm",
  async (host) => {
    await healthy(host);
    await host.must("systemctl disable tsv");
    const before = host.tree({ ignore: [...(OWN.ignore ?? []), "/home/tester/**"] });
    const said = await host.run("/usr/local/bin/tsv doctor boot", { user: "tester" });
    assert.match(said.stdout, /BOOT-001 tsv/);
    const tried = await host.run("/usr/local/bin/tsv doctor --fix --yes boot", { user: "tester" });
    assert.match(tried.stdout, /BOOT-001 tsv: not fixed/);
    // What a user's doctor tries, it writes down in that user's home.
    const home = { ignore: [...(OWN.ignore ?? []), "/home/tester/**"] };
    assertSameTree(before, host.tree(home));
    await host.must("systemctl stop tsv");
    await host.halt();
    await host.bootWithoutInit();
    // A daemon that does not run is about the configuration, and not about boots.
    const alone = await host.run(`${DOCTOR} --quiet boot binary limits board`);
    assert.equal(
      alone.stdout,
      "No problems found, but no daemon runs with this configuration.\nNext: tsv doctor socket\n",
    );
    assert.equal(alone.status, 1);
  },
);
