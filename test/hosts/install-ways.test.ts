// The other ways to install on real hosts: over what people edited, beside another installation, for one user, in an image
// that boots later, and where nothing boots.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { TSV } from "../e2e/rig/places.ts";
import { KIND_NAMES } from "./rig/kinds.ts";
import { assertSameTree, downloaded, hostTest, isUp, STEADY } from "./rig/rig.ts";

const UNIT = "/etc/systemd/system/tsv.service";

hostTest(
  "edited and foreign files are replaced only by force, and restored",
  "systemd-bookworm",
  async (host) => {
    await downloaded(host);
    host.write(UNIT, "[Service]\nExecStart=/bin/sleep 7\n", 0o600);
    const before = host.tree();
    const refused = await host.run("/root/tsv install --boot --yes");
    assert.equal(refused.status, 1);
    assert.match(
      refused.stdout,
      /-ExecStart=\/bin\/sleep 7\n[\s\S]*\+ExecStart=\/usr\/local\/bin\/tsv/,
    );
    assert.match(refused.stderr, /Nothing was changed. Use --force/);
    assertSameTree(before, host.tree());

    await host.must("/root/tsv install --boot --yes --force");
    // Ours, edited: a diff again, and the configuration stays whatever it is.
    await host.must(`echo '# mine' >>${UNIT}; echo '; mine' >>/etc/tsv/tsv.conf`);
    assert.equal((await host.run("tsv install --boot --yes")).status, 1);
    const status = await host.run("tsv install --status");
    assert.equal(status.status, 1);
    assert.match(status.stdout, /changed +\/etc\/systemd\/system\/tsv.service/);
    await host.must("tsv install --boot --yes --force");
    assert.match(host.read("/etc/tsv/tsv.conf"), /; mine\n$/);
    assert.equal((await host.run("tsv install --status")).status, 0);

    // What was edited stays, and is named; so does what is in the directory of logs.
    const kept = await host.must("tsv uninstall --yes");
    assert.match(kept, /\/etc\/tsv\/tsv\.conf stays:\s+it\s+was\s+edited/);
    assert.match(kept, /\/var\/log\/tsv stays/);
    assert.equal(host.read(UNIT), "[Service]\nExecStart=/bin/sleep 7\n");
    await host.must("rm -r /etc/tsv /var/log/tsv");
    assertSameTree(before, host.tree());
  },
);

hostTest(
  "two installations share what they can, and neither takes it from the other",
  "systemd-bookworm",
  async (host) => {
    await downloaded(host);
    const before = host.tree();
    await host.must("/root/tsv install --boot --yes");
    await host.must("/root/tsv install --boot --yes --name other");
    assert.match(await host.must("/root/tsv install --boot --yes --name other"), /Nothing to do/);
    await host.must("tsv pid && tsv pid -c /etc/other/tsv.conf");
    const said = await host.must("tsv uninstall --yes --purge");
    assert.match(said, /\/usr\/local\/bin\/tsv stays: other\s+uses\s+it\s+too/);
    await host.must("tsv pid -c /etc/other/tsv.conf");
    await host.must("tsv uninstall --yes --purge --name other");
    assertSameTree(before, host.tree());

    const refused = await host.run("/root/tsv install --boot --yes --name lock");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /the name lock is in use:\s+\/run\/lock\s+exists/);
  },
);

hostTest("only members of the group use ctl without sudo", "systemd-bookworm", async (host) => {
  await downloaded(host);
  await host.must("/root/tsv install --boot --yes");
  assert.notEqual((await host.run("tsv pid", { user: "tester" })).status, 0);
  // Whoever may not ask sees what anybody may see.
  const seen = await host.must("tsv install --status", { user: "tester" });
  assert.match(seen, /running +yes\n +answering +unknown/);
  assert.match((await host.run("tsv install --boot --plan", { user: "tester" })).stderr, /sudo/);
  await host.must("usermod -aG tsv tester");
  assert.match(await host.must("tsv pid", { user: "tester" }), /^\d+$/m);
  assert.equal((await host.must("stat -c '%U:%G %a' /etc/tsv/tsv.conf")).trim(), "root:tsv 640");
});

const AS_TESTER =
  "systemd-run --quiet --wait --pipe --uid=tester -p PAMName=login -p WorkingDirectory=/home/tester";

hostTest(
  "a user installs for itself, without root, and it starts without a login",
  "systemd-bookworm",
  async (host) => {
    host.put(TSV, "/home/tester/tsv");
    await host.boot();
    // The host has no polkit that would let the user do it.
    await host.must("loginctl enable-linger tester");
    const before = host.tree();
    const tsv = (words: string): Promise<string> =>
      host.must(`${AS_TESTER} /home/tester/tsv ${words}`);
    assert.match(
      await tsv("install --boot --user --yes"),
      /tsv answers on unix:\/\/\/run\/user\/\d+\/tsv\/tsv\.sock/,
    );
    assert.match(await tsv("install --boot --user --yes"), /Nothing to do/);
    await host.reboot();
    await host.until("pgrep -u tester -f '[t]sv daemon'");
    await host.until(`${AS_TESTER} /home/tester/tsv install --user --status`);
    await tsv("uninstall --user --yes --purge");
    assertSameTree(before, host.tree());
    const asRoot = await host.run("/home/tester/tsv install --user --boot --yes");
    assert.match(asRoot.stderr, /run it as that user/);
  },
);

hostTest(
  "where nothing boots it explains the entrypoint, and changes nothing",
  "systemd-bookworm",
  async (host) => {
    host.put(TSV, "/usr/local/bin/tsv");
    await host.bootWithoutInit();
    const before = host.tree();
    const { status, stderr } = await host.run("tsv install --boot --yes");
    assert.equal(status, 1);
    assert.match(stderr, /no supported init system is running:\s+PID\s+1\s+is\s+sleep/);
    assert.match(stderr, /ENTRYPOINT \["\/usr\/local\/bin\/tsv", "daemon", "-n", "-c"/);
    assertSameTree(before, host.tree());

    // What it says without --boot is true: there is all that the daemon needs.
    const said = await host.must("tsv install --yes");
    const command = /or by hand: +(\S.*)$/m.exec(said)?.[1] ?? "";
    await host.must(command.replace(" -n ", " "));
    await host.until("tsv pid");
    await host.must("tsv shutdown");
    await host.until("! pgrep -f '[t]sv daemon'");
    await host.must("tsv uninstall --yes --purge");
    assertSameTree(before, host.tree());
  },
);

for (const kind of KIND_NAMES) {
  hostTest("an image is set up from outside without running anything in it", kind, async (host) => {
    // The first boot leaves files of its own.
    await host.boot();
    await host.halt();
    const before = host.tree();
    // Nothing in /sbin tells that s6 is what boots it.
    const init = kind === "s6" ? " --init s6" : "";
    const tsv = (words: string): string =>
      execFileSync(TSV, [...words.split(" "), "--root", host.root, "--yes"], {
        encoding: "utf8",
      });
    tsv(`install --boot${init}`);
    const installed = host.tree();
    assert.match(tsv(`install --boot${init}`), /Nothing to do/);
    assertSameTree(installed, host.tree());
    tsv("uninstall --purge");
    assertSameTree(before, host.tree());

    tsv(`install --boot${init}`);
    host.write("/etc/tsv/conf.d/steady.conf", STEADY);
    await host.boot();
    if (kind === "sysv") {
      await host.must("insserv");
      await host.reboot();
    }
    await isUp(host);
    assert.equal((await host.run("tsv install --status")).status, 0);
    await host.must("tsv uninstall --yes --purge");
    assertSameTree(before, host.tree());
  });
}
