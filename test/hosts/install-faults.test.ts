// Failures during an installation on a real host: afterwards the host is unchanged.

import assert from "node:assert/strict";
import { TSV } from "../e2e/rig/places.ts";
import type { Host } from "./rig/host.ts";
import { KIND_NAMES } from "./rig/kinds.ts";
import { assertSameTree, downloaded, hostTest, isGone } from "./rig/rig.ts";

const INSTALL = "/root/tsv install --boot --yes";
const SYSTEMCTL = "/usr/bin/systemctl";

/**
 * A fault that an administrator could meet, and the command that fixes it. Mounts go at once, with -l: a script that has just
 * killed the installer may still be running, and a daemon of the host may have a file open there.
 */
interface Fault {
  readonly what: string;
  /** A script that the fault needs. */
  readonly script?: string;
  readonly make: string;
  readonly fix: string;
  /** What the error has to tell. */
  readonly says: RegExp;
}

const SCRIPT = "/root/systemctl-other";

/** Puts a systemctl in place that does something else for some words, and the rest as ever. */
function systemctl(what: string, cases: string, says: RegExp): Fault {
  return {
    what,
    script: `#!/bin/sh\ncase "$*" in\n${cases}\nesac\nexec /root/systemctl "$@"\n`,
    make: `cp ${SYSTEMCTL} /root/systemctl && mount --bind ${SCRIPT} ${SYSTEMCTL}`,
    fix: `umount -l ${SYSTEMCTL}; rm -f /root/systemctl /root/once ${SCRIPT}`,
    says,
  };
}

/** Failing system calls are tried without a host, by test/e2e/install-faults.slow.test.ts. */
const FAULTS: readonly Fault[] = [
  {
    what: "a directory of units is read-only",
    make: "mount --bind /etc/systemd/system /etc/systemd/system && mount -o remount,bind,ro /etc/systemd/system",
    fix: "umount -l /etc/systemd/system",
    says: /EROFS.*\/etc\/systemd/,
  },
  {
    what: "the file of groups is locked",
    make: "mount --bind /etc/group /etc/group && mount -o remount,bind,ro /etc/group",
    fix: "umount -l /etc/group",
    says: /the group tsv cannot be added/,
  },
  {
    what: "there is no room for the executable",
    make: "mount -t tmpfs -o size=1m full /usr/local/bin",
    fix: "umount -l /usr/local/bin",
    says: /ENOSPC.*no space left.*/,
  },
  systemctl(
    "systemd does not take the unit",
    "daemon-reload) [ -e /root/once ] || { touch /root/once; exit 9; } ;;",
    /daemon-reload failed/,
  ),
  systemctl(
    "the service does not start",
    "*start*tsv*) exit 9 ;;",
    /systemctl start tsv.service failed \(exit status 9\)/,
  ),
  systemctl("the service starts and never answers", "*start*tsv*) exit 0 ;;", /no answer on unix:/),
  systemctl("somebody ends the installer", "*start*tsv*) kill -TERM $PPID ;;", /interrupted/),
];

async function during(host: Host, fault: Fault, action: () => Promise<void>): Promise<void> {
  if (fault.script !== undefined) host.write(SCRIPT, fault.script, 0o755);
  await host.must(fault.make);
  try {
    await action();
  } finally {
    await host.must(fault.fix);
  }
}

hostTest("a failure at any step leaves the host as it was", "systemd-bookworm", async (host, t) => {
  await downloaded(host);
  const before = host.tree();
  for (const fault of FAULTS) {
    await t.test(fault.what, async () => {
      await during(host, fault, async () => {
        const { status, stderr } = await host.run(INSTALL);
        assert.match(stderr.replaceAll(/\s+/g, " "), fault.says);
        assert.equal(status, 1, stderr);
      });
      assertSameTree(before, host.tree());
      await isGone(host);
      assert.equal((await host.run("systemctl cat tsv.service")).status, 1);
    });
  }
  await host.must(INSTALL);
  await host.must("tsv uninstall --yes --purge");
  assertSameTree(before, host.tree());
});

hostTest(
  "an installer that is killed, or loses power, is rolled back by the next run",
  "systemd-bookworm",
  async (host) => {
    await downloaded(host);
    const before = host.tree();
    const killer = systemctl("", "*start*tsv*) kill -KILL $PPID; exit 0 ;;", /./);
    await during(host, killer, async () => {
      const { status } = await host.run(INSTALL);
      assert.equal(status, 137);
    });
    assert.notEqual(host.tree().size, before.size);
    assert.match(await host.must("/root/tsv install --boot --plan"), /interrupted/);
    // Nothing is installed yet: taking back is all that there is to do.
    const removed = await host.must("/root/tsv uninstall --yes");
    assert.match(removed, /interrupted.*rolled back/s);
    assertSameTree(before, host.tree());

    await during(host, killer, async () => {
      await host.run(INSTALL);
    });
    await host.unplug();
    await host.boot();
    assert.match(await host.must(INSTALL), /interrupted.*answers on/s);
    await host.must("tsv uninstall --yes --purge");
    assertSameTree(before, host.tree());
  },
);

hostTest(
  "a failing update of an installation leaves the one that runs as it was",
  "systemd-bookworm",
  async (host) => {
    await downloaded(host);
    await host.must(INSTALL);
    const pid = await host.must("tsv pid");
    const installed = host.tree({ ignore: ["/var/log/tsv/*"] });
    const fault = systemctl("", "daemon-reload) exit 9 ;;", /./);
    await during(host, fault, async () => {
      const outcome = await host.run(`${INSTALL} --wait-online`);
      // systemd could not be told of the new unit, and not of the old one either: that is said.
      assert.equal(outcome.status, 4);
      assert.match(outcome.stderr, /Not everything could be rolled back/);
    });
    assert.match(await host.must(INSTALL), /Nothing to do/);
    assertSameTree(installed, host.tree({ ignore: ["/var/log/tsv/*"] }));
    assert.equal(await host.must("tsv pid"), pid);
  },
);

hostTest(
  "a mistake in the configuration is found before anything is changed",
  "systemd-bookworm",
  async (host) => {
    host.put(TSV, "/root/tsv");
    host.write("/etc/bad.conf", "[supervisord]\nloglevel=loud\n");
    await host.boot();
    const before = host.tree();
    const { status, stderr } = await host.run(`${INSTALL} --config /etc/bad.conf`);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /cannot use the configuration \/etc\/bad.conf:[\s\S]*loud[\s\S]*\n {2}tsv check/,
    );
    assertSameTree(before, host.tree());
  },
);

for (const kind of KIND_NAMES) {
  hostTest("a daemon that cannot start says why, and is taken away", kind, async (host) => {
    host.put(TSV, "/root/tsv");
    host.write(
      "/etc/odd.conf",
      "[unix_http_server]\nfile=/dev/full/odd.sock\n[supervisord]\nlogfile=/tmp/odd.log\n",
    );
    await host.boot();
    const before = host.tree();
    const outcome = await host.run(`${INSTALL} --config /etc/odd.conf`);
    assert.equal(outcome.status, 1, outcome.stderr);
    assert.match(outcome.stderr, /\/dev\/full is a device/);
    assert.match(outcome.stderr, /All changes were rolled back/);
    assertSameTree(before, host.tree());
    await isGone(host);
    await host.reboot();
    assertSameTree(before, host.tree());
  });
}
