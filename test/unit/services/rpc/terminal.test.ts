// tsv.setWindowSize: valid and refused values.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err } from "../../../../src/core/base/result.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { callAny, createRig, type Rig } from "./rig.ts";

const resize = (rig: Rig, ...params: readonly XmlRpcValue[]): Promise<unknown> =>
  callAny(rig.rpc, "tsv.setWindowSize", params);

test("the size goes to the process that is named", async () => {
  const rig = createRig();
  assert.equal(await resize(rig, "pool:a", 24, 80), true);
  assert.deepEqual(rig.supervisor.calls, ["resize pool:a 24 80"]);
});

test("impossible window sizes are refused, whatever the name", async () => {
  const rig = createRig();
  for (const [rows, columns] of [
    [0, 80],
    [24, 0],
    [-1, 80],
    [24, 10_000],
    [65_536, 80],
  ]) {
    const answer = await resize(rig, "web", rows ?? 0, columns ?? 0);
    assert.equal(answer, `3 BAD_ARGUMENTS: ${rows} rows, ${columns} columns: 1 to 9999`);
  }
  assert.deepEqual(rig.supervisor.calls, []);
});

test("errors of the name, the number or the process are reported", async () => {
  const rig = createRig();
  assert.equal(await resize(rig, "nope", 24, 80), "10 BAD_NAME: nope");
  assert.match(String(await resize(rig, "web", 24)), /^2 INCORRECT_PARAMETERS/);
  assert.match(String(await resize(rig, "web", "tall", 80)), /^2 INCORRECT_PARAMETERS.*rows/);
  rig.supervisor.answers.set(
    "resize web:web",
    err(fault("NO_FILE", "web runs without a terminal")),
  );
  assert.equal(await resize(rig, "web", 24, 80), "20 NO_FILE: web runs without a terminal");
});
