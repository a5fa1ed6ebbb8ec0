// upgrade: the outcome is that of the daemon that answers next, also if the one before accepted the connection and closed it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { CallResult } from "../../../../src/ctl/client.ts";
import { runUpgrade } from "../../../../src/ctl/commands/upgrade.ts";
import { createFakeClient, createFakeContext, noConnection } from "../../../fakes/ctl-client.ts";

const PLAN = { from: "1", to: "2", path: "/opt/tsv", id: 7 };
const REPLACED = ok({ state: "replaced", id: 7 });

/** Runs `tsv upgrade`. @param outcomes answers of tsv.getUpgrade, in order */
async function upgrade(...outcomes: readonly CallResult[]) {
  const left = [...outcomes];
  const client = createFakeClient({
    "tsv.upgrade": ok(PLAN),
    "tsv.getUpgrade": () => left.shift() ?? assert.fail("too many calls"),
  });
  const { context, terminal } = createFakeContext(client, { isOwn: true });
  await runUpgrade(context, [], { check: false, fromPackage: false, json: false });
  return { status: context.exitStatus, out: terminal.written(), calls: client.calls.length };
}

test("upgrade reports what the successor answers", async () => {
  const { status, out, calls } = await upgrade(REPLACED);
  assert.match(out, /^Upgraded tsv 1 to \/opt\/tsv/);
  assert.deepEqual([status, calls], [0, 2]);
});

for (const code of ["ECONNRESET", "EPIPE", "DISCONNECTED"]) {
  test(`a connection that the daemon before closed (${code}) is opened again, once`, async () => {
    const { status, out } = await upgrade(noConnection(code), REPLACED);
    assert.match(out, /^Upgraded/);
    assert.equal(status, 0);
    assert.equal((await upgrade(noConnection(code), noConnection(code))).status, 4);
  });
}

test("a socket that refuses connections is not asked again", async () => {
  const { status, calls } = await upgrade(noConnection("ECONNREFUSED"));
  assert.deepEqual([status, calls], [4, 2]);
});
