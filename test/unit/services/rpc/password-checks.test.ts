// Comparisons of hashed passwords: bounded, one at a time, with rests.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PasswordChecks } from "../../../../src/services/rpc/password-checks.ts";
import { fakePauses } from "../../../fakes/pauses.ts";
import { settled } from "./rig.ts";

/** Comparisons that end when the test says so. Each takes 40 ms. */
function createRig() {
  let mono = 0;
  const running: (() => void)[] = [];
  const compared: string[] = [];
  const pauses = fakePauses();
  const rests: number[] = [];
  const checks = new PasswordChecks({
    secrets: {
      seal: (text) => text,
      scrypt: (stored, given) =>
        new Promise((resolve) => {
          compared.push(given);
          running.push(() => {
            mono += 40;
            resolve(stored === given);
          });
        }),
    },
    now: () => ({ mono, wall: 0 }),
    startPause(ms) {
      rests.push(ms);
      return pauses.startPause(ms);
    },
  });
  return { checks, running, compared, pauses, rests };
}

test("one password is compared at a time, and after a wrong one the next waits three times as long", async () => {
  const { checks, running, compared, pauses, rests } = createRig();
  const first = checks.check("a", "right", "wrong");
  const second = checks.check("b", "right", "right");
  await settled();
  assert.deepEqual(compared, ["wrong"]);
  running.shift()?.();
  assert.equal(await first, false);
  await settled();
  assert.deepEqual([compared, rests], [["wrong"], [120]]);
  pauses.end();
  await settled();
  running.shift()?.();
  assert.equal(await second, true);
  assert.deepEqual(rests, [120, 0]);
});

test("a password that was right is known, and waits for no other", async () => {
  const { checks, running, compared } = createRig();
  const first = checks.check("a", "right", "right");
  await settled();
  running.shift()?.();
  assert.equal(await first, true);
  void checks.check("b", "right", "wrong");
  assert.equal(await checks.check("c", "right", "right"), true);
  assert.equal(compared.filter((each) => each === "right").length, 1);
});

test("of one peer four wait, and of all 32; more are not compared", async () => {
  const { checks } = createRig();
  for (let peer = 0; peer < 8; peer += 1) {
    for (let n = 0; n < 4; n += 1) void checks.check(`p${peer}`, "right", "wrong");
    if (peer < 7) assert.equal(await checks.check(`p${peer}`, "right", "right"), "not-compared");
  }
  assert.equal(await checks.check("other", "right", "right"), "not-compared");
});

test("a comparison that fails lets the next one begin", async () => {
  let count = 0;
  const checks = new PasswordChecks({
    secrets: {
      seal: (text) => text,
      scrypt: () =>
        count++ === 0 ? Promise.reject(new Error("no memory")) : Promise.resolve(true),
    },
    now: () => ({ mono: 0, wall: 0 }),
    startPause: () => ({ over: Promise.resolve(), cancel() {} }),
  });
  await assert.rejects(checks.check("a", "x", "y"), /no memory/);
  assert.equal(await checks.check("a", "x", "y"), true);
});
