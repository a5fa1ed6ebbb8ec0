// A daemon with user= in the layout that `tsv install` has made for root: one run of doctor makes it work, also after a boot.

import assert from "node:assert/strict";
import type { KindName } from "./rig/kinds.ts";
import { hostTest, installed, isUp, STEADY } from "./rig/rig.ts";

for (const kind of ["systemd-bookworm", "sysv", "openrc"] as const satisfies readonly KindName[]) {
  hostTest("doctor lets the daemon run as the user of the configuration", kind, async (host) => {
    await installed(host, STEADY);
    await host.must("useradd --system app && sed -i 's/^user=root/user=app/' /etc/tsv/tsv.conf");
    // It fails: neither socket nor log can be made.
    await host.run(
      `${kind.startsWith("systemd") ? "systemctl restart tsv" : "service tsv restart"}`,
    );
    const fixed = await host.run("tsv doctor --fix --yes");
    assert.equal(fixed.status, 0, fixed.stdout + fixed.stderr);
    await isUp(host);
    assert.match(await host.must("ps -o user= -p $(tsv pid)"), /^app/);
    // As app, it reads the configuration again.
    await host.must("tsv update");
    await host.reboot();
    await isUp(host);
    assert.match(await host.must("tsv doctor"), /No problems found/);
  });
}
