// fcgi-host-name: numbers and localhost need no asking, and a resolver that hangs keeps only those waiting who asked it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createHostNames } from "../../../../src/host/sockets/program-sockets.ts";

test("a number is itself, localhost is known, any other name is looked up", async () => {
  const asked: string[] = [];
  const names = createHostNames(async (host) => {
    asked.push(host);
    if (host === "web") return "10.0.0.7";
    throw Object.assign(new Error("no such host"), { code: "ENOTFOUND" });
  });
  assert.deepEqual(await names.resolve("0.0.0.0"), { ok: true, value: "0.0.0.0" });
  assert.deepEqual(await names.resolve("localhost"), { ok: true, value: "127.0.0.1" });
  assert.deepEqual(await names.resolve("web"), { ok: true, value: "10.0.0.7" });
  const unknown = await names.resolve("lost");
  assert.match(unknown.ok ? "" : unknown.error, /name lost has no IPv4 address here: ENOTFOUND/);
  assert.deepEqual(asked, ["web", "lost"]);
});
