// A device whose daemon is upgraded while its agent is connected: the agent is a program, and is not disturbed.

import assert from "node:assert/strict";
import { DESIRED_HEADERS } from "../../src/core/fleet/rollout-text.ts";
import { putEntry } from "../../src/fleet/nats/buckets.ts";
import { callDevice } from "../../src/fleet/nats/calls.ts";
import { withoutNats } from "../rig/nats-server.ts";
import { DEAF } from "../rig/puppet.ts";
import { until, within } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { ask, Fleet, reached } from "./rig/fleet-device.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";
import { pidsOf, UpgradeHost } from "./upgrade/host.ts";
import { NEXT_VERSION, withoutNext } from "./upgrade/versions.ts";

const ABSENT = withoutNext() || withoutNats();

/** A device whose agent is the executable that is upgraded. */
async function startDevice(rig: Rig, fleet: Fleet, host: UpgradeHost, more: string) {
  const { sections } = await fleet.device("pi");
  const own = `command=${rig.path("tsv")} fleet agent -c %(here)s/d.conf`;
  rig.write("conf.d/none", "");
  const all = `${sections.replace(/^command=.*$/m, own)}${more}\n[include]\nfiles=conf.d/*.conf\n`;
  const daemon = await host.start(all);
  const ann = await fleet.operator("ann", ["read", "operate"]);
  const callee = { device: "pi", role: "operate", operator: "ann" } as const;
  await reached(ann, callee, rig);
  return { daemon, ann, callee };
}

const isUp = async (daemon: Daemon): Promise<number> => (await pidsOf(daemon))["tsv-fleet"] ?? 0;

e2e(
  "an upgrade ends calls in flight, and disturbs neither the agent nor its events",
  ABSENT,
  async (rig) => {
    const fleet = await Fleet.start(rig);
    try {
      const host = new UpgradeHost(rig);
      const deaf = `[program:deaf]\ncommand=${DEAF}\nstopwaitsecs=1000\nkillasgroup=true\nstartsecs=0\nstdout_logfile=%(here)s/deaf.log\n`;
      const { daemon, ann, callee } = await startDevice(rig, fleet, host, deaf);
      await waitForText(rig.path("deaf.log"), /up/);
      const before = await pidsOf(daemon);
      const stop = ask(ann, callee, {
        ...{ method: "POST", path: "/api/v1/supervisor.stopProcess", headMs: null },
        headers: new Map([["content-type", "application/json"]]),
        body: '{"name":"deaf"}',
      } as Parameters<typeof ask>[2]);
      let heard = false;
      const headers = new Map([["accept", "application/x-ndjson"]]);
      const stream = callDevice(
        ann,
        callee,
        { method: "GET", path: "/api/v1/events", headers, body: "", headMs: 60_000 },
        { head: () => (heard = true), body: () => undefined },
      );
      await daemon.logged(/waiting for deaf to stop|killing deaf/);
      await until(() => heard, { what: "a stream of events" });
      host.install();
      await host.replaced();
      const { status, end } = await stop;
      // The daemon answers what waits before it is replaced.
      assert.equal(end.kind, "end", JSON.stringify(end));
      assert.notEqual(status, 0);
      const { kind } = await within(stream.ended, { what: "the end of the stream" });
      assert.ok(["end", "failed"].includes(kind), kind);
      await reached(ann, callee, rig);
      assert.deepEqual(await pidsOf(daemon), before);
      const isNew = async () => (await fleet.reported("pi"))["version"] === NEXT_VERSION;
      await until(isNew, { what: "a report of the new version" });
      await daemon.ask("signalProcess", "deaf", "KILL");
      const events = await fleet.eventsUntil("pi", "an event after the upgrade", (seen) =>
        seen.some(({ kind, name, to }) => kind === "state" && name === "deaf" && to !== "STOPPING"),
      );
      const numbers = events.flatMap(({ seq }) => seq ?? []);
      const [first = 0] = numbers;
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => first + at),
      );
      assert.ok(events.every(({ kind }) => kind !== "gap"));
    } finally {
      await fleet.end();
    }
  },
);

e2e(
  "a desired configuration is applied although the daemon is upgraded meanwhile",
  ABSENT,
  async (rig) => {
    const fleet = await Fleet.start(rig);
    try {
      const host = new UpgradeHost(rig);
      const { daemon } = await startDevice(rig, fleet, host, "");
      const agent = await isUp(daemon);
      const text = "[program:web]\ncommand=sleep 1000\nstartsecs=6\n";
      const headers = { [DESIRED_HEADERS.settle]: "1000" };
      const put = await putEntry(fleet.root, "desired", "pi", text, { headers });
      assert.ok(put.ok);
      await daemon.logged(/spawned: 'web'/);
      host.install();
      await host.replaced();
      const said = await until(
        async () => {
          const report = await fleet.configuration("pi");
          return report?.revision === put.value && report;
        },
        { what: "a result", left: () => rig.describe(), timeoutMs: 90_000 },
      );
      assert.deepEqual([said.result, said.why], ["applied", ""]);
      const { statename } = await daemon.info("web");
      assert.equal(statename, "RUNNING");
      assert.equal(await isUp(daemon), agent);
    } finally {
      await fleet.end();
    }
  },
);
