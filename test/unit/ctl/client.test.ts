// How long each call may wait for its answer. (ctl-patience)

import assert from "node:assert/strict";
import { test } from "node:test";
import { createCtlClient } from "../../../src/ctl/client.ts";
import type { HttpClient } from "../../../src/ports/http-client.ts";

async function patienceOf(methods: readonly string[], patienceMs?: number) {
  let patience: number | null | undefined;
  const http: HttpClient = {
    connect: () => ({
      post: async (_path, _bodies, given) => {
        patience = given;
        return { replies: [], failure: { code: "SILENT", message: "" } };
      },
      close() {},
    }),
    stream: () => assert.fail("no stream"),
  };
  const access = { serverUrl: "unix:///s", username: null, password: null };
  const calls = methods.map((method) => ({ method, params: [] }));
  await createCtlClient(http, () => access, { patienceMs }).query(calls);
  return patience;
}

for (const [limit, what, batches] of [
  [
    30_000,
    "immediate answers",
    [
      ...["supervisor.getVersion", "supervisor.getVersion supervisor.getAllProcessInfo"],
      ...["system.listMethods", "supervisor.shutdown"],
    ],
  ],
  [
    null,
    "programs and plugins",
    [
      ...["supervisor.startProcess", "supervisor.startProcessGroup"],
      ...["supervisor.startAllProcesses", "supervisor.stopProcess"],
      ...["supervisor.stopProcessGroup", "supervisor.stopAllProcesses"],
      ...["cache.getItem", "supervisor.getVersion supervisor.stopProcess"],
    ],
  ],
  [
    240_000,
    "executables and configurations",
    [
      ...["tsv.upgrade", "tsv.checkUpgrade", "tsv.getUpgrade", "supervisor.reloadConfig"],
      "supervisor.getVersion supervisor.restart",
    ],
  ],
] as const) {
  test(`${what} have ${limit ?? "no"} milliseconds`, async () => {
    for (const batch of batches) assert.equal(await patienceOf(batch.split(" ")), limit, batch);
  });
}

test("a client may be given less", async () => {
  assert.equal(await patienceOf(["supervisor.getVersion", "tsv.getAllProcessRuns"], 3000), 3000);
});
