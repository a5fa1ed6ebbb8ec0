// tsv.getProcessHistory: the history that a client reads is the one that the daemon sent, and a strange answer is empty.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHistory, encodeHistory } from "../../../../src/core/why/program-history.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { fc } from "../../../property.ts";
import { history, run } from "../../doctor/checks/programs/rig.ts";

const HEALTH = { state: "unhealthy", check: "tcp://:80", lastResult: "no answer" } as const;

const HISTORIES = {
  "one that waits for its next start": history([run({ signal: 9, exitStatus: null, core: true })], {
    ...{ state: "BACKOFF", nextStart: 1500, signals: [15, 9], exitCodes: [0, 2] },
  }),
  "one that its health check restarts": history([run({ upMs: 3e9, reason: "no answer" })], {
    ...{ state: "RUNNING", cause: "health", restartReason: "no answer" },
    health: { ...HEALTH, failures: 3, retries: 3, action: "restart" },
  }),
  "one whose output is known": history([run()], {
    output: { stdout: { from: -7, to: 12, size: 5e9 }, stderr: null },
  }),
  "one with a schedule": history([], {
    ...{ state: "STOPPED", schedule: "@daily", nextRun: 1e9, isSuspended: true, isQueued: true },
  }),
};

for (const [what, sent] of Object.entries(HISTORIES)) {
  test(`${what} is read as it was sent`, () => {
    assert.deepEqual(decodeHistory(encodeHistory(sent)), sent);
  });
}

test("members that are missing or unknown are empty", () => {
  const read = decodeHistory({ statename: "NEW", cause: "whim", runs: [{ ending: "odd" }, 7] });
  assert.equal(read?.state, "UNKNOWN");
  assert.deepEqual([read?.cause, read?.health, read?.nextRun], ["", null, 0]);
  assert.deepEqual(
    read?.runs.map(({ ending, exitStatus }) => [ending, exitStatus]),
    [["exited", 0]],
  );
});

test("anything else is no history, and nothing throws", () => {
  assert.equal(decodeHistory("x"), null);
  assert.equal(decodeHistory([]), null);
  const anything = fc.jsonValue().filter((value) => value !== null) as fc.Arbitrary<XmlRpcValue>;
  fc.assert(
    fc.property(anything, (value) => {
      decodeHistory(value);
      decodeHistory({ statename: "FATAL", runs: [value], signals: [value] });
    }),
  );
});
