// Upgrades in place on real hosts: the service manager keeps its state of the service.

import assert from "node:assert/strict";
import { KIND_NAMES } from "./rig/kinds.ts";
import { BINARY } from "./rig/requirements.ts";
import { hostTest } from "./rig/rig.ts";

const STEADY = `[program:steady]
command=/bin/sleep 100000
startsecs=0
`;

/** What systemd knows of a service that nothing has happened to. */
const SHOWN = "systemctl show tsv -p MainPID,NRestarts,ActiveState,SubState,ActiveEnterTimestamp";

for (const kind of KIND_NAMES) {
  hostTest(
    "a service is replaced in place, and who manages it notices nothing",
    kind,
    async (host) => {
      host.put(BINARY, "/root/tsv");
      await host.boot();
      await host.must("/root/tsv install --boot --yes", { timeoutMs: 120_000 });
      host.write("/etc/tsv/conf.d/try.conf", STEADY);
      await host.must("tsv update");
      await host.until("tsv status | grep RUNNING");
      const look = (): Promise<string> =>
        host.must(`tsv pid; tsv pid steady; ${kind.startsWith("systemd") ? SHOWN : ""}`);
      const before = await look();
      for (const _ of [1, 2]) {
        // As a package does it: another file of the same name.
        await host.must(
          "cp -p /usr/local/bin/tsv /root/fresh && mv /root/fresh /usr/local/bin/tsv",
        );
        assert.match(await host.must("tsv upgrade"), /^Upgraded tsv /);
        assert.equal(await look(), before);
      }
      const [pid = ""] = before.split("\n");
      await host.must(`kill -9 ${pid}`);
      await host.until(`pid=$(tsv pid) && [ "$pid" != ${pid} ] && tsv status | grep RUNNING`);
      const programs = await host.must("pgrep -x -f '/bin/sleep 100000'");
      assert.equal(programs.trim().split("\n").length, 1, "what was left was ended first");
    },
  );
}
