// `tsv shutdown` stops the service until it is started, also where the init system restarts every process that exits.

import assert from "node:assert/strict";
import { downloaded, hostTest, installed, isGone, isUp, STEADY } from "./rig/rig.ts";

hostTest("tsv shutdown stops the service, and a start starts it again", "openrc", async (host) => {
  await installed(host, STEADY);
  await isUp(host);
  await host.must("tsv shutdown");
  // The brackets keep pgrep from finding the shell that runs it.
  await host.until(
    "! rc-service tsv status && ! pgrep supervise-daemo && ! pgrep -f '[t]sv daemon'",
  );
  assert.equal((await host.run("pgrep -f '/bin/sleep 10000[0]'")).status, 1);
  await host.must("rc-service tsv start");
  const pid = await isUp(host);
  await host.must(`kill -9 ${pid}`);
  await host.until(`pid=$(tsv pid) && [ "$pid" != ${pid} ] && tsv status | grep RUNNING`);
  await host.must("rc-service tsv stop");
  await isGone(host);
});

hostTest(
  "a service is in OpenRC's dependency tree, whatever the clock said",
  "openrc",
  async (host) => {
    await downloaded(host);
    // As after the clock was set back: no script is newer than the tree.
    await host.must("touch -d '+1 hour' /run/openrc/deptree");
    await host.must("/root/tsv install --boot --yes");
    await host.must(`grep "='tsv'" /run/openrc/deptree`);
    await host.must("sed -i \"/='tsv'/d\" /run/openrc/deptree");
    assert.match((await host.run("tsv doctor boot")).stdout, /BOOT-022/);
    await host.must("tsv doctor boot --fix --yes");
    await host.must(`grep "='tsv'" /run/openrc/deptree`);
    await host.must("touch -d '+1 hour' /run/openrc/deptree");
    await host.must("tsv uninstall --yes");
    assert.equal((await host.run(`grep "='tsv'" /run/openrc/deptree`)).status, 1);
  },
);
