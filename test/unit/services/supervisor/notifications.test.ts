// Programs that report their readiness, and their channels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Notifications } from "../../../../src/services/supervisor/notifications.ts";
import { FakeDescriptors } from "../../../fakes/descriptors.ts";
import { FakeNotifyChannels } from "../../../fakes/notify-channels.ts";
import { WEB, web } from "./web-rig.ts";

const NOTIFY = { readyCheck: { kind: "notify" }, startSecs: 0 } as const;

test("READY=1 makes it RUNNING, and its status is shown until it is down", () => {
  const rig = web(NOTIFY);
  const [fd = 0] = rig.notifyChannels.opened.keys();
  const { env = [] } = rig.spawner.children.get(100)?.spec ?? {};
  assert.ok(env.includes(`NOTIFY_SOCKET=/run/tsv-notify/${fd}`));
  assert.equal(rig.descriptors.get(fd)?.role, "ready");
  rig.notifyChannels.send("STATUS=loading");
  assert.equal(rig.supervisor.info(WEB)?.description, "not ready yet, loading");
  rig.notifyChannels.send("READY=1\nSTATUS=");
  rig.settle();
  assert.equal(rig.supervisor.info(WEB)?.state, "RUNNING");
  rig.notifyChannels.send("STOPPING=1\nSTATUS=bye");
  assert.equal(rig.supervisor.report(WEB)?.said, "stopping: bye");
  rig.die(WEB);
  assert.equal(rig.notifyChannels.opened.has(fd), false);
  assert.equal(rig.descriptors.has(fd), false);
});

test("what a descriptor's program gets is closed here once it has begun to start", () => {
  const rig = web({ readyCheck: { kind: "fd", fd: 3 }, startSecs: 0 });
  const { passed = [] } = rig.spawner.children.get(100)?.spec ?? {};
  assert.equal(passed[0]?.target, 3);
  assert.equal(rig.notifyChannels.passed.size, 0);
  rig.notifyChannels.send("READY=1");
  rig.settle();
  assert.equal(rig.supervisor.info(WEB)?.state, "RUNNING");
});

test("the watchdog interval begins anew in the successor", () => {
  const notifications = new Notifications({
    notifyChannels: new FakeNotifyChannels(),
    descriptors: new FakeDescriptors(),
    activity: { log: () => {} },
    now: () => 100_000,
    extend: () => {},
    isMain: () => false,
  });
  const state = { name: "web", fd: 9000, path: "/run/tsv-notify/a", pid: 100, watchdogAt: 10 };
  const nothing = { outcome: null, status: "", isStopping: false, hasPinged: true };
  notifications.restore([{ key: WEB, ...state, ...nothing }]);
  assert.equal(notifications.isAlive(WEB, 1000), false);
  notifications.resume();
  assert.equal(notifications.isAlive(WEB, 1000), true);
});
