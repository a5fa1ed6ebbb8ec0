// Applied changes: what is waited for, and what is answered about a process that is being stopped.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { tick } from "./rig.ts";
import { running, WEB } from "./web-rig.ts";

/** What applying another command comes to, once the process has exited. */
async function applied(rig: ReturnType<typeof running>): Promise<string> {
  rig.rewrite(group("web", [program({ command: "/bin/other", startSecs: 0 })]));
  let outcome = "pending";
  void rig.supervisor.apply([]).then((answer) => {
    outcome = answer.ok ? answer.value.map((each) => each.outcome).join() : "refused";
  });
  for (let turn = 0; turn < 3; turn += 1) await tick();
  assert.equal(outcome, "pending");
  rig.die("web:web", { exitCode: 0 });
  await tick();
  rig.settle();
  await tick();
  return outcome;
}

test("a process that runs is started by its new definition", async () => {
  assert.equal(await applied(running()), "up");
});

test("a process that is being stopped stays down, which is known when it is down", async () => {
  const rig = running();
  void rig.supervisor.stop(WEB, false);
  assert.equal(await applied(rig), "down");
  assert.equal(rig.supervisor.stateOf(WEB), "STOPPED");
});
