// `tsv install --boot` on a real host of each init system: from nothing to a service that survives reboots, kills and power
// cuts, and back to a host on which no file tells that it was ever there.

import assert from "node:assert/strict";
import type { Host } from "./rig/host.ts";
import { KIND_NAMES } from "./rig/kinds.ts";
import { BINARY } from "./rig/requirements.ts";
import { assertSameTree, hostTest } from "./rig/rig.ts";
import type { TreeOptions } from "./rig/tree.ts";

/** Where a user has downloaded it to. */
const DOWNLOADED = "/root/tsv";

const PROGRAM = `[program:steady]
command=/bin/sleep 100000
startsecs=0
`;

/** Logs grow, and stay; the rest of a host must be what it was. */
const LOGS: TreeOptions = { ignore: ["/var/log/tsv", "/var/log/tsv/**"] };

async function downloaded(host: Host): Promise<void> {
  host.put(BINARY, DOWNLOADED);
  await host.boot();
}

async function install(host: Host, options = ""): Promise<string> {
  return await host.must(`${DOWNLOADED} install --boot --yes ${options}`, { timeoutMs: 120_000 });
}

async function isAnswering(host: Host): Promise<void> {
  await host.until("tsv pid >/dev/null");
}

/** Waits until the program runs, and says which process the daemon is. */
async function steadyRuns(host: Host): Promise<number> {
  await host.until("tsv status steady | grep RUNNING");
  return Number(await host.must("tsv pid"));
}

for (const kind of KIND_NAMES) {
  hostTest(
    "install --boot: it answers, survives reboot, kill and power cut, and goes without a trace",
    kind,
    async (host) => {
      await downloaded(host);
      assert.equal((await host.pidOne()).name, host.kind.init);
      const before = host.tree();
      const said = await install(host);
      assert.match(said, /tsv answers on unix:\/\/\/run\/tsv\/tsv\.sock/);
      await isAnswering(host);
      host.write("/etc/tsv/conf.d/steady.conf", PROGRAM);
      await host.must("tsv update");
      await steadyRuns(host);

      const installed = host.tree(LOGS);
      assert.match(await install(host), /Nothing to do/);
      assertSameTree(installed, host.tree(LOGS));
      assert.match(await host.must("tsv install --status"), /answering +yes/);

      await host.reboot();
      const first = await steadyRuns(host);
      await host.must(`kill -9 ${first}`);
      await host.until(
        `pid=$(tsv pid) && [ "$pid" != ${first} ] && tsv status steady | grep RUNNING`,
      );

      await host.unplug();
      // What a power cut leaves on a disk that keeps /run, and directories that are emptied at boot.
      await host.boot();
      await steadyRuns(host);
      assert.match(await host.must("tsv install --status"), /answering +yes/);

      await host.must("rm /etc/tsv/conf.d/steady.conf");
      await host.must("tsv uninstall --yes --purge", { timeoutMs: 120_000 });
      assertSameTree(before, host.tree());
      assert.equal((await host.run("pgrep -f '[t]sv daemon'")).status, 1);
      await host.reboot();
      assertSameTree(before, host.tree());
    },
  );
}
