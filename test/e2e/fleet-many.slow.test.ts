// Many devices at once: they join, are asked, get a configuration in waves, and come back when the hub does. TSV_FLEET_DEVICES says how many.

import assert from "node:assert/strict";
import { until } from "../rig/wait.ts";
import { type FleetNet, fleetNetTest } from "./rig/fleet-net.ts";

const COUNT = Number(process.env["TSV_FLEET_DEVICES"] ?? 12);
/** Joins at the same time. */
const AT_ONCE = 6;
const WEB = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";

/** Makes devices that join at the same time. @param labelsOf of a device, by its number */
async function makeDevices(
  fleet: FleetNet,
  count: number,
  labelsOf: (index: number) => string = () => "",
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `d${index + 1}`);
  const tokens = (await fleet.hub.does("fleet", "invite", ...names)).trim().split("\n");
  const queue = names.entries();
  const work = async (): Promise<void> => {
    for (const [index, name] of queue) {
      const host = await fleet.machine(name, WEB);
      await fleet.admit(host, tokens[index]?.split(/\s+/).at(-1) ?? "", labelsOf(index));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await fleet.reported(names);
  return names;
}

fleetNetTest(`${COUNT} devices join, change and come back`, async (fleet) => {
  const names = await makeDevices(fleet, COUNT);
  await fleet.hub.write("/etc/new.conf", WEB.replace("web", "new"));
  const applied = await fleet.does("apply", "/etc/new.conf", "--yes", "--settle", "0s");
  assert.match(applied, new RegExp(`wave 1 of 3: 1 device\n[\\s\\S]*done: ${COUNT} applied`));
  await fleet.hub.killProgram("nats-server");
  await Promise.all(names.map((name) => fleet.of(name).agentSays(/lost the hub[\s\S]*connected/)));
  await fleet.reported(names);
  const rows = await fleet.status("new");
  for (const name of names) assert.equal(rows.get(name)?.results[0]?.state, "RUNNING", name);
});

fleetNetTest("a bad configuration stops at the first wave and goes back", async (fleet) => {
  const names = await makeDevices(fleet, 8, (index) => `site=${index < 6 ? "berlin" : "rome"}`);
  await fleet.hub.write("/etc/good.conf", WEB.replace("web", "new"));
  const pace = ["--yes", "--settle", "0s"];
  const choice = ["--label", "site=berlin", "--waves", "2,4,6"];
  await until(
    async () =>
      /6 devices/.test((await fleet.verb("plan", "/etc/good.conf", ...choice.slice(0, 2))).stdout),
    {
      what: "the labels of devices",
      left: () => fleet.describe(),
    },
  );
  const good = await fleet.does("apply", "/etc/good.conf", ...pace, ...choice);
  assert.match(good, /done: 6 applied/);
  const pids = async () =>
    await Promise.all(names.slice(0, 6).map((name) => fleet.of(name).pidOf("new")));
  const before = await pids();
  await fleet.hub.write(
    "/etc/bad.conf",
    "[program:new]\ncommand=sleep 1000\n[program:bad]\ncommand=false\nstartretries=0\n",
  );
  const bad = await fleet.verb("apply", "/etc/bad.conf", ...pace, ...choice);
  assert.equal(bad.status, 1, bad.stdout);
  assert.match(
    bad.stdout,
    /wave 1 of 3: 2 devices\n(?: {2}d\d: (?:rolled-back: bad.*|undone)\n){1,2}[\s\S]*stopped: [12] devices? failed: rolled-back: bad/,
  );
  assert.doesNotMatch(bad.stdout, /wave 2/);
  const failed = /(d\d): rolled-back/.exec(bad.stdout)?.[1] ?? "";
  const history = await fleet.does("history", failed);
  assert.match(history, /returned by \S+.*\n.* rolled-back\n {2}bad: .+\n.*\n$/);
  assert.match(await fleet.does("rollout"), /stopped: [12] devices? failed: rolled-back:\s+bad:/);
  for (const name of names.slice(0, 6)) {
    assert.match((await fleet.of(name).tsv("status", "new")).stdout, /RUNNING/);
    assert.match((await fleet.of(name).tsv("status", "bad")).stdout, /no such process/);
  }
  assert.deepEqual((await pids()).slice(2), before.slice(2), "later waves do not notice");
  for (const name of names.slice(6)) {
    assert.match((await fleet.verb("history", name)).stderr, /never had a configuration/);
  }
});
