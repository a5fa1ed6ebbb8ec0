// Methods on many processes: in which order they ask, and in which order they answer.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { err } from "../../../../src/core/base/result.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import { createRig, settled } from "./rig.ts";

const DONE = { status: 80, description: "OK" };

describe("methods on many processes", () => {
  it("call by priority, and return immediate results before those that are waited for", async () => {
    const { call, supervisor, pass } = createRig();
    supervisor.hold("pool:b");
    supervisor.hold("pool:a");
    supervisor.answers.set("start web:web", err(fault("SPAWN_ERROR", "web")));
    const done = call("startAllProcesses");
    await settled();
    assert.deepEqual(supervisor.calls, [
      "start pool:b wait",
      "start pool:a wait",
      "start web:web wait",
    ]);
    pass(1000);
    supervisor.release("pool:a");
    await settled();
    pass(1000);
    supervisor.release("pool:b", err(fault("ABNORMAL_TERMINATION", "b")));
    assert.deepEqual(await done, [
      { name: "web", group: "web", status: 50, description: "SPAWN_ERROR: web" },
      { name: "a", group: "pool", ...DONE },
      { name: "b", group: "pool", status: 40, description: "ABNORMAL_TERMINATION: pool:b" },
    ]);
  });

  it("return results that complete together in the order of the programs", async () => {
    const { call, supervisor, pass } = createRig();
    for (const key of ["pool:b", "pool:a", "web:web"]) supervisor.hold(key);
    const done = call("startAllProcesses");
    await settled();
    pass(1000);
    for (const key of ["web:web", "pool:a", "pool:b"]) {
      supervisor.release(key);
      await settled();
      pass(50);
    }
    assert.deepEqual(
      ((await done) as { name: string }[]).map(({ name }) => name),
      ["b", "a", "web"],
    );
  });

  it("stop in the reverse of the order of starting (stop-order)", async () => {
    const { call, supervisor } = createRig();
    for (const key of ["web:web", "pool:a", "pool:b"]) supervisor.fake(key).state = "RUNNING";
    await call("stopAllProcesses");
    assert.deepEqual(supervisor.calls, [
      "stop web:web wait",
      "stop pool:a wait",
      "stop pool:b wait",
    ]);
  });

  it("leave out programs that are already up, or already down", async () => {
    const { call, supervisor } = createRig();
    assert.deepEqual(await call("stopAllProcesses"), []);
    supervisor.fake("pool:a").state = "BACKOFF";
    assert.deepEqual(await call("stopProcessGroup", "pool"), [
      { name: "a", group: "pool", ...DONE },
    ]);
    supervisor.fake("pool:b").state = "STARTING";
    assert.deepEqual(await call("startProcessGroup", "pool"), [
      { name: "a", group: "pool", ...DONE },
    ]);
    assert.equal(await call("startProcessGroup", "pool:*"), "10 BAD_NAME: pool:*");
    assert.equal(await call("stopProcessGroup", "nope"), "10 BAD_NAME: nope");
  });

  it("with wait, also wait for programs that are already stopping (update-stopping)", async () => {
    const { call, supervisor } = createRig();
    const stopped = { name: "a", group: "pool", ...DONE };
    for (const [method, ...args] of [["stopProcessGroup", "pool"], ["stopAllProcesses"]] as const) {
      supervisor.fake("pool:a").state = "STOPPING";
      assert.deepEqual(await call(method, ...args, false), []);
      supervisor.hold("pool:a");
      const done = call(method, ...args);
      await settled();
      assert.ok(supervisor.isHeld("pool:a"));
      supervisor.release("pool:a");
      assert.deepEqual(await done, [stopped]);
    }
    assert.deepEqual(supervisor.calls, ["await pool:a wait", "await pool:a wait"]);
  });
});
