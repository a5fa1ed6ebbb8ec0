// Roll-outs over real daemons and a real nats-server: what reaches devices, what is undone, and deaths in between.

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

fleetTest(
  "a roll-out reaches all devices, wave by wave, and can be removed",
  ["a", "b", "c"],
  async (fleet) => {
    const id = await fleet.roll({ content: { text: sound(1000) }, waves: [1, 3] });
    assert.deepEqual(await fleet.ends(id), {
      phase: "done",
      why: "",
      progress: "applied applied applied",
    });
    for (const name of ["a", "b", "c"]) {
      assert.equal(fleet.file(name), sound(1000));
      const { statename } = await fleet.device(name).info("web");
      assert.equal(statename, "RUNNING");
    }
    const none = await fleet.roll({ content: { text: null } });
    assert.equal((await fleet.ends(none)).phase, "done");
    assert.equal(fleet.file("a"), null);
    assert.equal((await fleet.device("a").call("supervisor.getProcessInfo", "web")).kind, "fault");
  },
);

fleetTest("a bad text stops at the first wave, and all is as before", ["a", "b"], async (fleet) => {
  await fleet.ends(await fleet.roll({ content: { text: sound(1000) } }));
  const cases = [
    ["[program:web]\ncommand sleep\n", /^1 device failed: refused: /],
    ["[program:web]\ncommand=sleep 1\nnumprocs=x\n", /refused: .*numprocs/],
    ["[include]\nfiles=/etc/*\n", /refused: \[include\] is not for a fleet to set/],
    ["[program:tsv-fleet]\ncommand=sleep 1\n", /refused: \[program:tsv-fleet\] is also in /],
    ["[program:web]\ncommand=false\nstartretries=0\n", /rolled-back: web: /],
  ] as const;
  for (const [text, why] of cases) {
    const ended = await fleet.ends(await fleet.roll({ content: { text }, waves: [1, 2] }));
    assert.deepEqual([ended.phase, ended.progress], ["stopped", "failed pending"]);
    assert.match(ended.why, why);
    assert.equal(fleet.file("a"), sound(1000));
    const key = await fleet.desired("a");
    assert.equal(key?.text, sound(1000), "the key returns to the revision before");
    await until(async () => (await fleet.reported("a"))?.revision === key?.revision, {
      what: "the device to agree with its key",
    });
    assert.equal((await fleet.device("a").info("web"))["statename"], "RUNNING");
  }
});

fleetTest("a program that breaks while it settles is rolled back", ["a"], async (fleet) => {
  await fleet.ends(await fleet.roll({ content: { text: sound(1000) } }));
  const text = "[program:web]\ncommand=sleep 2\nstartsecs=1\nautorestart=true\n";
  const ended = await fleet.ends(await fleet.roll({ content: { text }, settleMs: 5000 }));
  assert.equal(ended.phase, "stopped");
  assert.match(ended.why, /rolled-back: web: it came up, and broke later/);
  assert.equal(fleet.file("a"), sound(1000));
});

fleetTest("a roll-out that finds the bucket full stops, and says why", ["a"], async (fleet) => {
  const subject = "$JS.API.STREAM.INFO.KV_tsv_desired";
  const info = await fleet.session.request(subject, "", 30_000);
  assert.ok(info.ok);
  const { config } = JSON.parse(new TextDecoder().decode(info.value.data));
  const small = JSON.stringify({ ...config, max_bytes: 1000, discard: "new" });
  const update = "$JS.API.STREAM.UPDATE.KV_tsv_desired";
  const made = await fleet.session.request(update, small, 30_000);
  assert.ok(made.ok);
  assert.doesNotMatch(new TextDecoder().decode(made.value.data), /"error"/);
  const text = `${sound(1000)};${"x".repeat(2000)}\n`;
  const ended = await fleet.ends(await fleet.roll({ content: { text } }));
  assert.deepEqual([ended.phase, ended.progress], ["stopped", "failed"]);
  assert.match(ended.why, /maximum bytes exceeded/);
});
