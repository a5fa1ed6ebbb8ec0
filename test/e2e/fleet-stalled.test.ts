// The agent of a device whose configuration is on a file system that does not answer.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { putEntry } from "../../src/fleet/nats/buckets.ts";
import { withoutNats } from "../rig/nats-server.ts";
import { mountStalling, withoutStallingMount } from "../rig/stalling-mount.ts";
import { until } from "../rig/wait.ts";
import { ask, Fleet, reached } from "./rig/fleet-device.ts";
import { BASE, e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

e2e(
  "calls are answered while a configuration waits for its file system, and it is applied then",
  withoutNats() || withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const fleet = await Fleet.start(rig);
    try {
      mkdirSync(join(mount.backing, "conf.d"));
      writeFileSync(join(mount.backing, "conf.d/none"), "");
      const { sections } = await fleet.device("pi");
      const include = `[include]\nfiles=${mount.path}/conf.d/*.conf\n`;
      const text = `${BASE}\n${sections}${include}`;
      writeFileSync(join(mount.backing, "d.conf"), text.replaceAll("%(here)s", rig.directory));
      await rig.startWith(sections.replace("%(here)s/d.conf", `${mount.path}/d.conf`) + include);
      const ann = await fleet.operator("ann", ["read"]);
      const callee = { device: "pi", role: "read", operator: "ann" } as const;
      await reached(ann, callee, rig);
      await mount.stall();
      const wanted = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
      const put = await putEntry(fleet.root, "desired", "pi", wanted);
      assert.ok(put.ok);
      const silent = /d\.conf cannot be read: the file system \S+ does not answer/;
      await waitForText(rig.path("agent.log"), silent);
      const { status } = await ask(ann, callee, { path: "/api/v1/supervisor.getState" });
      assert.equal(status, 200);
      await mount.release();
      const report = await until(
        async () => {
          const found = await fleet.configuration("pi");
          return found?.revision === put.value && found;
        },
        { what: "a result", left: () => rig.describe(), timeoutMs: 60_000 },
      );
      assert.deepEqual([report.result, report.why], ["applied", ""]);
    } finally {
      await fleet.end();
    }
  },
);
