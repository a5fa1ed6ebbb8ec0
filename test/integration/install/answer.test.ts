// Waiting for the daemon behind an address of any kind.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { answersNow, waitForAnswer } from "../../../src/install/host/processes.ts";

async function portOf(t: TestContext, host: string): Promise<number> {
  const server = createServer((_, response) => response.writeHead(401).end());
  t.after(() => server.close());
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

for (const [host, written] of [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "[::1]"],
] as const) {
  test(`one that asks for a password has answered, at ${written}`, async (t) => {
    const url = `http://${written}:${await portOf(t, host)}`;
    assert.equal(await answersNow(url), true);
    assert.deepEqual(await waitForAnswer(url, 60, new AbortController().signal), {
      ok: true,
      value: true,
    });
  });
}

test("an invalid address is an error, like every other reason for no answer", async () => {
  const url = "http://::1:9001";
  assert.equal(await answersNow(url), false);
  const { signal } = new AbortController();
  assert.deepEqual(await waitForAnswer(url, 0, signal), {
    ok: false,
    error: `no answer on ${url} within 0 s: No host in serverurl ${url}`,
  });
});
