// What is common to all checks: they can be cancelled, and leave nothing behind.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { ask, checker, claimOf, hanging, http, tcp } from "./rig.ts";

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

test("a cancelled check says nothing and closes its connection", async () => {
  await using rig = hanging();
  const port = await rig.listen();
  const never = (): never => assert.fail("was told after it was cancelled");
  // At once: not even the connection is made.
  for (const target of [tcp(port), http(port), { kind: "unix", path: "/tmp" } as const]) {
    const cancel = checker.check(target, 50, never, claimOf("a"));
    cancel();
    cancel();
  }
  const accepted = once(rig.server, "connection");
  const cancel = checker.check(http(port), 50, never, claimOf("a"));
  await accepted;
  cancel();
  await rig.drained();
  // Longer than the limit of those that were cancelled.
  await ask(http(port), 100);
  const afterwards = checker.check(
    tcp(port),
    1000,
    ({ ok }) => {
      assert.ok(ok);
      afterwards();
      rig.server.emit("told");
    },
    claimOf("a"),
  );
  await once(rig.server, "told");
});

test("two hundred checks at once of a server that hangs leave nothing behind", async () => {
  await using warm = hanging();
  await ask(http(await warm.listen()), 10);
  await warm.drained();
  const before = openDescriptors();
  {
    await using rig = hanging();
    const port = await rig.listen();
    const all = await Promise.all(Array.from({ length: 200 }, () => ask(http(port), 500)));
    for (const { text } of all) assert.equal(text, "no answer within 500ms");
    await rig.drained();
  }
  assert.equal(openDescriptors(), before);
});
