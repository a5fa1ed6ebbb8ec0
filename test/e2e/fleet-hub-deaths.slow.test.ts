// Deaths of a hub: of nats-server, of the hub's program, of its daemon, and of the whole machine.

import assert from "node:assert/strict";
import { until } from "../rig/wait.ts";
import { assertComplete, type StreamEvent, startsOf } from "./rig/fleet-member.ts";
import { type FleetNet, fleetNetTest, LATE } from "./rig/fleet-net.ts";

const WEB = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const PACE = ["--yes", "--settle", "0s", "--limit", "60s"] as const;

/** Waits until a device has begun to start what a roll-out brings. */
async function isBegun(fleet: FleetNet, name: string): Promise<void> {
  await until(async () => /STARTING/.test((await fleet.of(name).tsv("status", "late")).stdout), {
    what: `the program of the roll-out on ${name}`,
    left: () => fleet.describe(),
  });
}

fleetNetTest("each process of a hub dies, and a roll-out ends as it should", async (fleet) => {
  await Promise.all([fleet.device("a", WEB), fleet.device("b", WEB)]);
  const pids = async () => [await fleet.of("a").pidOf("web"), await fleet.of("b").pidOf("web")];
  const before = await pids();
  await fleet.hub.write("/etc/late.conf", LATE.replace("autostart=false\n", ""));
  const rollout = fleet.follow("apply", "/etc/late.conf", "--waves", "1,2", ...PACE);
  await isBegun(fleet, "a");
  const id = /Roll-out (\S+):/.exec(rollout.text)?.[1] ?? "";

  await fleet.hub.killProgram("nats-server");
  assert.equal(await rollout.ended(), 1);
  assert.match(rollout.text, /connection[\s\S]*tsv fleet rollout/);
  await fleet.hub.killProgram("tsv-fleet-hub");
  await fleet.of("a").write("/etc/tsv/ready", "");
  await isBegun(fleet, "b");
  await fleet.hub.killDaemon();
  await fleet.of("b").write("/etc/tsv/ready", "");
  await until(async () => (await fleet.verb("rollout", id)).status === 0, {
    what: "the end of the roll-out",
    left: () => fleet.describe(),
    timeoutMs: 60_000,
  });
  assert.match(await fleet.does("rollout"), /done\n +2 applied/);
  assert.deepEqual(await pids(), before);
  const admin = await fleet.admin();
  for (const name of ["a", "b"]) {
    const events = await admin.eventsUntil(name, "the start", (seen) => startsOf(seen, "late") > 0);
    assertComplete(events);
  }
});

fleetNetTest(
  "a hub that loses power, and a configuration that its disk had not got, is told all again",
  async (fleet) => {
    const pi = await fleet.device("pi", WEB);
    const admin = await fleet.admin();
    await admin.eventsUntil("pi", "an event", (events) => events.length > 0);
    fleet.hub.sync();
    const apply = async (name: string) => {
      await fleet.hub.write("/etc/new.conf", WEB.replace("web", name));
      assert.match(await fleet.does("apply", "/etc/new.conf", ...PACE), /done: 1 applied/);
      assert.match((await pi.tsv("status", name)).stdout, /RUNNING/);
    };
    await apply("first");
    await pi.does("restart", "web");
    const before = await admin.eventsUntil("pi", "a start", (seen) => startsOf(seen, "web") > 0);
    await fleet.hub.off();
    await fleet.hub.boot();
    // The device has something to say, and learns that its connection is gone.
    await pi.does("restart", "web");
    await fleet.reported(["pi"]);
    assert.match((await fleet.verb("history", "pi")).stderr, /never had a configuration/);
    const after = await (await fleet.admin()).eventsUntil(
      "pi",
      "all events",
      (seen) => startsOf(seen, "web") > 1,
    );
    assertComplete(after);
    const seen = (events: readonly StreamEvent[]) => events.map(({ seq }) => seq ?? null);
    assert.deepEqual(seen(after).slice(0, before.length), seen(before));
    await apply("second");
  },
  { isLossy: true },
);
