// Deaths while a configuration is rolled out: of the daemon, the agent and the hub, and devices that are away.

import assert from "node:assert/strict";
import { withoutNats } from "../rig/nats-server.ts";
import { until } from "../rig/wait.ts";
import { e2e } from "./rig/rig.ts";
import { endFleet, type Fleet, startFleet } from "./rig/rollouts.ts";

const skip = withoutNats();

function fleetTest(
  name: string,
  devices: readonly string[],
  body: (fleet: Fleet) => Promise<void>,
) {
  e2e(name, skip, async (rig) => {
    const fleet = await startFleet(rig, devices);
    try {
      await body(fleet);
    } finally {
      await endFleet(fleet);
    }
  });
}

const sound = (seconds: number) => `[program:web]\ncommand=sleep ${seconds}\nstartsecs=0\n`;
/** Is not up before a file exists. */
const slow = (path: string) =>
  `[program:slow]\ncommand=sleep 1000\nready_check=exec:test -e ${path}\n`;

async function isBegun(fleet: Fleet, name: string): Promise<void> {
  await until(() => fleet.file(name)?.includes("[program:slow]"), { what: "the new file" });
}

/** Waits until a program of a device is being started. */
async function isStarting(fleet: Fleet, name: string): Promise<void> {
  await isBegun(fleet, name);
  await until(
    async () => {
      const answer = await fleet.device(name).call("supervisor.getProcessInfo", "slow");
      return answer.kind === "result";
    },
    { what: "the program slow" },
  );
}

fleetTest("an agent that dies while programs start tries once more", ["a"], async (fleet) => {
  const path = fleet.rig.path("ready");
  const id = await fleet.roll({ content: { text: slow(path) } });
  await isStarting(fleet, "a");
  const { pid } = await fleet.device("a").info("tsv-fleet");
  process.kill(Number(pid), "SIGKILL");
  fleet.rig.write("ready", "");
  assert.equal((await fleet.ends(id)).progress, "applied");
  assert.equal(fleet.file("a"), slow(path));
});

fleetTest("an agent that dies each time leaves the file before", ["a"], async (fleet) => {
  await fleet.ends(await fleet.roll({ content: { text: sound(1000) } }));
  const path = fleet.rig.path("never");
  const id = await fleet.roll({ content: { text: slow(path) } });
  for (let deaths = 0; deaths < 2; deaths += 1) {
    await isStarting(fleet, "a");
    const { pid } = await fleet.device("a").info("tsv-fleet");
    process.kill(Number(pid), "SIGKILL");
    await until(() => fleet.file("a") === sound(1000), { what: "the file before" });
  }
  const ended = await fleet.ends(id);
  assert.match(ended.why, /rolled-back: it was interrupted/);
  assert.equal(fleet.file("a"), sound(1000));
  await until(async () => (await fleet.device("a").info("web"))["statename"] === "RUNNING", {
    what: "the program before",
  });
});

fleetTest("a daemon that dies while programs start is asked again", ["a"], async (fleet) => {
  const path = fleet.rig.path("ready");
  const id = await fleet.roll({ content: { text: slow(path) } });
  await isStarting(fleet, "a");
  process.kill(fleet.device("a").process, "SIGKILL");
  fleet.rig.write("ready", "");
  assert.equal((await fleet.ends(id)).progress, "applied");
  assert.equal(fleet.file("a"), slow(path));
  assert.equal((await fleet.device("a").info("slow"))["statename"], "RUNNING");
});

fleetTest("a hub that dies in a wave goes on with it", ["a", "b", "c"], async (fleet) => {
  const text = slow("%(here)s/ready");
  const id = await fleet.roll({ content: { text }, waves: [1, 2, 3] });
  await isBegun(fleet, "a");
  fleet.rig.write("a/conf.d/ready", "");
  await isBegun(fleet, "b");
  await fleet.killHub();
  fleet.rig.write("b/conf.d/ready", "");
  fleet.rig.write("c/conf.d/ready", "");
  await until(async () => (await fleet.reported("b"))?.result === "applied", { what: "b" });
  assert.equal(fleet.file("c"), null, "without a hub, no wave begins");
  fleet.startHub();
  assert.deepEqual(await fleet.ends(id), {
    ...{ phase: "done", why: "", progress: "applied applied applied" },
  });
});

fleetTest(
  "a device that is away gets its configuration when it is back",
  ["a", "b"],
  async (fleet) => {
    await fleet.device("b").shutdown();
    const id = await fleet.roll({ content: { text: sound(1000) }, limitMs: 5000 });
    assert.deepEqual(await fleet.ends(id), { phase: "done", why: "", progress: "applied away" });
    assert.equal(fleet.file("b"), null);
    await fleet.restartDevice("b");
    await until(() => fleet.file("b") === sound(1000), { what: "the file of b" });
    await until(async () => (await fleet.reported("b"))?.result === "applied", {
      what: "the report of b",
    });
    const strict = await fleet.roll({
      content: { revisions: { a: 0 } },
      devices: ["a"],
      requireAll: true,
    });
    assert.equal((await fleet.ends(strict)).phase, "done");
    assert.equal(fleet.file("a"), null, "revision 0 is no configuration");
  },
);

fleetTest(
  "an aborted roll-out returns the wave, and the next one with its devices goes on",
  ["a", "b"],
  async (fleet) => {
    await fleet.ends(await fleet.roll({ content: { text: sound(1000) } }));
    const first = await fleet.roll({
      content: { text: slow(fleet.rig.path("never")) },
      waves: [1, 2],
    });
    await isStarting(fleet, "a");
    const second = await fleet.roll({ content: { text: sound(2000) } });
    await fleet.abort(first, "ben");
    const ended = await fleet.ends(first);
    assert.deepEqual(
      [ended.phase, ended.why, ended.progress],
      ["stopped", "aborted by ben", "undone pending"],
    );
    assert.equal((await fleet.ends(second)).progress, "applied applied");
    assert.equal(fleet.file("a"), sound(2000));
  },
);
