// Exits in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeExit, statusMeaning } from "../../../../src/core/why/exit-status.ts";
import { run } from "../../doctor/checks/programs/rig.ts";

const ENDS: readonly (readonly [Parameters<typeof run>[0], string])[] = [
  [{ exitStatus: 0 }, "exit status 0 (success)"],
  [{ exitStatus: 1 }, "exit status 1"],
  [{ exitStatus: 126 }, "exit status 126 (found, but it could not be executed)"],
  [{ exitStatus: 127 }, "exit status 127 (not found, or it could not be executed)"],
  [{ exitStatus: 137 }, "exit status 137 (128+9: ended by SIGKILL, cannot be caught)"],
  [{ exitStatus: 143 }, "exit status 143 (128+15: ended by SIGTERM, termination request)"],
  [{ exitStatus: 255 }, "exit status 255"],
  [
    { exitStatus: null, signal: 6, core: true },
    "killed by SIGABRT (it called abort(), often after a failed assertion), core dumped",
  ],
  [{ exitStatus: null, signal: 40 }, "killed by signal 40"],
  [{ ending: "not-spawned", exitStatus: null, pid: 0 }, "could not be started"],
];

for (const [changes, words] of ENDS) {
  test(`${JSON.stringify(changes)} is "${words}"`, () => {
    assert.equal(describeExit(run(changes)), words);
  });
}

test("statuses that every program uses as it likes have no meaning", () => {
  for (const status of [1, 3, 10, 99, 125, 200, 254])
    assert.equal(statusMeaning(status), null, String(status));
});
