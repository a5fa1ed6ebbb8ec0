// How long each call may wait for its answer. (ctl-patience)

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFault, encodeResponse } from "../../../src/core/xmlrpc/encode.ts";
import { BUSY, FAULT_CODES, faultText } from "../../../src/core/xmlrpc/faults.ts";
import { createCtlClient } from "../../../src/ctl/client.ts";
import type { HttpClient, HttpReply } from "../../../src/ports/http-client.ts";

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
      ...["tsv.apply", "tsv.rollBack", "tsv.restartProcess", "tsv.reloadProcess"],
      ...["cache.getItem", "supervisor.getVersion supervisor.stopProcess"],
    ],
  ],
  [
    240_000,
    "executables and configurations",
    [
      ...["tsv.upgrade", "tsv.checkUpgrade", "tsv.getUpgrade", "supervisor.reloadConfig"],
      ...["tsv.getPlan", "supervisor.getVersion supervisor.restart"],
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

const BUSY_FAULT = encodeFault(FAULT_CODES[BUSY.name], faultText(BUSY));
const replyOf = (status: number, body = ""): HttpReply => ({
  ...{ status, reason: "", type: "text/xml", body: Buffer.from(body) },
});
const BUSY_REPLIES = { "503": replyOf(503), fault: replyOf(200, BUSY_FAULT) };

/** Calls a daemon that is busy the first times. @returns how often it was called, the time in pauses, and the success */
async function callBusy(
  method: string,
  busy: HttpReply,
  times: number,
  patienceMs?: number,
  isOnce = false,
) {
  let [calls, paused] = [0, 0];
  const http: HttpClient = {
    connect: () => ({
      async post() {
        calls += 1;
        const reply = calls <= times ? busy : replyOf(200, encodeResponse("done"));
        return { replies: [reply], failure: null };
      },
      close() {},
    }),
    stream: () => assert.fail("no stream"),
  };
  const access = { serverUrl: "unix:///s", username: null, password: null };
  const startPause = (ms: number) => {
    paused += ms;
    return { over: Promise.resolve(), cancel() {} };
  };
  const client = createCtlClient(http, () => access, { startPause, patienceMs });
  const [result] = await client.query([{ method, params: [] }], isOnce);
  return { calls, paused, ok: result?.ok };
}

/** The calls take time of their own, which is no pause. */
function assertPatience(
  { paused, ok }: { paused: number; ok?: boolean | undefined },
  limitMs: number,
): void {
  assert.equal(ok, false);
  assert.ok(paused <= limitMs && paused > limitMs / 2, `${paused} of ${limitMs} ms`);
}

for (const [what, busy] of Object.entries(BUSY_REPLIES)) {
  test(`a busy daemon (${what}) is called again for ten seconds, if that changes nothing`, async () => {
    const info = "supervisor.getAllProcessInfo";
    assert.deepEqual(await callBusy(info, busy, 3), { calls: 4, paused: 1750, ok: true });
    const never = await callBusy(info, busy, Number.POSITIVE_INFINITY);
    assertPatience(never, 10_000);
    const hasty = await callBusy(info, busy, Number.POSITIVE_INFINITY, 3000);
    assertPatience(hasty, 3000);
    for (const method of ["supervisor.startAllProcesses", "supervisor.clearLog", "cache.getItem"]) {
      assert.deepEqual(await callBusy(method, busy, 3), { calls: 1, paused: 0, ok: false });
    }
    const once = await callBusy(info, busy, 3, undefined, true);
    assert.deepEqual(once, { calls: 1, paused: 0, ok: false });
  });
}
