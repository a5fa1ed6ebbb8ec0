// Which processes of a host are examined for one program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nearProcesses } from "../../../../src/doctor/why/near-processes.ts";
import { config, history, host, run, status } from "../checks/programs/rig.ts";

const WEB = { group: "web", name: "web" };

/** A host with a child of the program, an orphan, and others; the pids that are examined. */
function examined(runs: Parameters<typeof history>[0]): readonly number[] {
  const made = host();
  made.run(7, ["/bin/sh"], { parent: 3 });
  made.run(8, ["/bin/sleep"], { parent: 7 });
  made.run(9, ["/bin/sleep"], { parent: 1 });
  for (let pid = 100; pid < 1100; pid += 1) made.run(pid, ["/bin/sleep"], { parent: 99 });
  const facts = made.facts(config("command=sleep 5"), {
    programs: [status({ pid: 7 })],
    histories: [history(runs, { state: "RUNNING", pid: 7 })],
  });
  return nearProcesses(WEB, facts).map(({ pid }) => pid);
}

test("of a program that runs well, only its children are examined", () => {
  assert.deepEqual(examined([]), [8]);
  assert.deepEqual(examined([run({ ending: "stopped" })]), [8]);
});

test("of a program that has failed, what an earlier run may have left, too", () => {
  assert.deepEqual(examined([run({ ending: "exited" })]), [9, 8]);
});
