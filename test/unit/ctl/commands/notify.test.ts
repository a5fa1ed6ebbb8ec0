// notify: the receivers of alerts, and a test of one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { double } from "../../../../src/core/xmlrpc/value.ts";
import { runNotify } from "../../../../src/ctl/commands/notify.ts";
import { createFakeClient, createFakeContext } from "../../../fakes/ctl-client.ts";

const NOW = 1_795_737_600_000;
const row = {
  ...{ name: "chat", target: "https://a/<redacted>", sent: 3, failed: 0, dropped: 0 },
  ...{
    waiting: 0,
    lasting: 1,
    last_ok: true,
    last_text: "status 200",
    last_at_ms: double(NOW - 120_000),
  },
};
const client = (tested: { readonly ok: boolean; readonly text: string }) =>
  createFakeClient({
    "tsv.getReceivers": () =>
      ok([
        row,
        { ...row, name: "mail", failed: 2, waiting: 1, last_ok: false, last_text: "status 500" },
        { ...row, name: "new", sent: 0, last_at_ms: double(0) },
      ]),
    "tsv.testReceiver": () => ok(tested),
  });

test("each receiver is a line, with what became of its last message", async () => {
  const { context, terminal } = createFakeContext(client({ ok: true, text: "" }), { isOwn: true });
  await runNotify(context, [], NOW);
  assert.equal(
    terminal.written(),
    "chat  https://a/<redacted>; 3 sent, 2m ago\n" +
      "mail  https://a/<redacted>; 3 sent, 2 failed, 1 waiting, last failed 2m ago: status 500\n" +
      "new   https://a/<redacted>; 0 sent\n",
  );
});

test("a test says what came of it", async () => {
  for (const [result, line, status] of [
    [{ ok: true, text: "status 200" }, "chat: sent (status 200)\n", 0],
    [{ ok: false, text: "status 404" }, "chat: ERROR (not sent: status 404)\n", 1],
  ] as const) {
    const { context, terminal } = createFakeContext(client(result), { isOwn: true });
    await runNotify(context, ["test", "chat"], NOW);
    assert.deepEqual([terminal.written(), context.exitStatus], [line, status]);
  }
});

test("other words are a usage error", async () => {
  for (const words of [["chat"], ["test"], ["test", "a", "b"]]) {
    const { context } = createFakeContext(client({ ok: true, text: "" }), { isOwn: true });
    await runNotify(context, words, NOW);
    assert.notEqual(context.exitStatus, 0);
  }
});
