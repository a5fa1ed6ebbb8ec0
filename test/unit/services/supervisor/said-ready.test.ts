// Programs that say themselves that they are ready: their channels come and go with them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SaidReady } from "../../../../src/services/supervisor/said-ready.ts";
import { FakeDescriptors } from "../../../fakes/descriptors.ts";
import { FakeReadyChannels } from "../../../fakes/ready-channels.ts";
import { WEB, web } from "./web-rig.ts";

const NOTIFY = { readyCheck: { kind: "notify" }, startSecs: 0 } as const;

test("READY=1 makes it RUNNING, and what it says is shown until it is down", () => {
  const rig = web(NOTIFY);
  const [fd = 0] = rig.readyChannels.opened.keys();
  const { env = [] } = rig.spawner.children.get(100)?.spec ?? {};
  assert.ok(env.includes(`NOTIFY_SOCKET=/run/tsv-notify/${fd}`));
  assert.equal(rig.descriptors.entries().get(fd)?.role, "ready");
  rig.readyChannels.say("STATUS=loading");
  assert.equal(rig.supervisor.info(WEB)?.description, "not ready yet, loading");
  rig.readyChannels.say("READY=1\nSTATUS=");
  rig.settle();
  assert.equal(rig.supervisor.info(WEB)?.state, "RUNNING");
  rig.readyChannels.say("STOPPING=1\nSTATUS=bye");
  assert.equal(rig.supervisor.report(WEB)?.said, "stopping: bye");
  rig.die(WEB);
  assert.equal(rig.readyChannels.opened.has(fd), false);
  assert.equal(rig.descriptors.entries().has(fd), false);
});

test("what a descriptor's program gets is closed here once it has begun to start", () => {
  const rig = web({ readyCheck: { kind: "fd", fd: 3 }, startSecs: 0 });
  const { passed = [] } = rig.spawner.children.get(100)?.spec ?? {};
  assert.equal(passed[0]?.target, 3);
  assert.equal(rig.readyChannels.passed.size, 0);
  rig.readyChannels.say("READY=1");
  rig.settle();
  assert.equal(rig.supervisor.info(WEB)?.state, "RUNNING");
});

test("the time until it is to say that it is well begins again with the daemon that continues", () => {
  const said = new SaidReady({
    readyChannels: new FakeReadyChannels(),
    descriptors: new FakeDescriptors(),
    activity: { log: () => {} },
    now: () => 100_000,
    extend: () => {},
    isMain: () => false,
  });
  const state = { name: "web", fd: 9000, path: "/run/tsv-notify/a", pid: 100, wellAt: 10 };
  const nothing = { outcome: null, status: "", isStopping: false };
  said.takeOver([{ key: WEB, ...state, ...nothing }]);
  assert.equal(said.isWell(WEB, 1000), false);
  said.resume();
  assert.equal(said.isWell(WEB, 1000), true);
});
