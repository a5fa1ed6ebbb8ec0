// Programs that say themselves that they are ready: their channels come and go with them.

import assert from "node:assert/strict";
import { test } from "node:test";
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
