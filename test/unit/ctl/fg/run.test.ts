// Messages at the end of a run in the foreground, when the daemon cuts connections.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { PROCESS_STATE_CODES } from "../../../../src/core/process/model.ts";
import type { CommandContext } from "../../../../src/ctl/context.ts";
import { endOfRun } from "../../../../src/ctl/fg/run.ts";
import { createFakeClient, noConnection } from "../../../fakes/ctl-client.ts";

const ROW = {
  ...{ group: "a", name: "a", statename: "RUNNING", description: "", spawnerr: "" },
  ...{ state: PROCESS_STATE_CODES.RUNNING, pid: 7, start: 1, stop: 0, now: 2, exitstatus: 0 },
};

/** What is said when so many calls are cut before one is answered. */
function said(cut: number): Promise<string> {
  let calls = 0;
  const client = createFakeClient({
    getProcessInfo: () => (calls++ < cut ? noConnection("ECONNRESET") : ok(ROW)),
  });
  return endOfRun({ client } as unknown as CommandContext, "a", 7);
}

test("a daemon that is replaced cuts calls, and its successor answers", async () => {
  for (const cut of [0, 1, 2]) assert.match(await said(cut), /^a is still running/, `${cut}`);
});

test("one that answers no more went away", async () => {
  assert.equal(await said(100), "ERROR: the connection to the daemon was lost");
});
