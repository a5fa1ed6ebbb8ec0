// The rig itself: each kind of host is real. Its own init boots, keeps a service over a reboot and a power cut, and runs tsv.

import assert from "node:assert/strict";
import { addOwnService, ownServiceStarted, removeOwnService } from "./own-service.ts";
import type { Host } from "./rig/host.ts";
import { KIND_NAMES } from "./rig/kinds.ts";
import { BINARY } from "./rig/requirements.ts";
import { assertSameTree, hostTest } from "./rig/rig.ts";
import { difference } from "./rig/tree.ts";

const CONFIG = `[unix_http_server]
file=/run/tsv-try.sock
[supervisord]
logfile=/var/log/tsv-try.log
pidfile=/run/tsv-try.pid
childlogdir=/tmp
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix:///run/tsv-try.sock
[program:one]
command=sleep 100000
startsecs=0
`;

for (const kind of KIND_NAMES) {
  hostTest(
    "boots its own init, and keeps a service over a reboot and a power cut",
    kind,
    async (host, t) => {
      const times: string[] = [];
      const note = (what: string, milliseconds: number): void => {
        times.push(`${what} ${(milliseconds / 1000).toFixed(2)} s`);
      };
      if (host.builtInMs !== null) note("base", host.builtInMs);
      note("boot", await host.boot());
      assert.equal((await host.pidOne()).name, host.kind.init);

      const start = performance.now();
      const before = host.tree();
      note(`tree of ${before.size}`, performance.now() - start);

      await addOwnService(host);
      await ownServiceStarted(host, 1);
      note("reboot", await host.reboot());
      await ownServiceStarted(host, 2);
      note("unplug", await host.unplug());
      note("boot after that", await host.boot());
      assert.equal((await host.pidOne()).name, host.kind.init);
      await ownServiceStarted(host, 3);
      const added = difference(before, host.tree());
      assert.ok(
        added.some((line) => line.startsWith("+ /usr/local/bin/own-service file 0755 0:0")),
      );

      await removeOwnService(host);
      assertSameTree(before, host.tree());
      note("halt", await host.halt());
      assertSameTree(before, host.tree());
      t.diagnostic(`${kind}: ${times.join(", ")}`);
    },
  );

  hostTest(
    "runs the executable: version, a daemon with one program, status",
    kind,
    async (host) => {
      host.put(BINARY, "/usr/local/bin/tsv");
      await host.boot();
      assert.match(await host.must("tsv version"), /^\d+\.\d+\.\d+/);
      const before = host.tree();
      host.write("/etc/tsv-try.conf", CONFIG);
      await host.must("tsv daemon -n -c /etc/tsv-try.conf >/dev/null 2>&1 &");
      await host.until("tsv status -c /etc/tsv-try.conf");
      assert.match(await host.must("tsv status -c /etc/tsv-try.conf"), /^one\s+RUNNING\s+pid \d+/m);
      await endDaemon(host);
      await host.must("rm /etc/tsv-try.conf /var/log/tsv-try.log");
      assertSameTree(before, host.tree());
    },
  );
}

async function endDaemon(host: Host): Promise<void> {
  await host.must("tsv ctl -c /etc/tsv-try.conf shutdown");
  await host.until("! pgrep -f '[t]sv daemon'");
}
