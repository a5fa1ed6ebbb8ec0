// Keys of buckets of a real nats-server: what is stored, and what is not.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { streamConfigs } from "../../../src/core/fleet/streams.ts";
import { operatorPermissions } from "../../../src/core/fleet/subjects.ts";
import { lastEntry, putEntry } from "../../../src/fleet/nats/buckets.ts";
import { connect } from "../../../src/fleet/nats/connection.ts";
import { makeStreams } from "../../../src/fleet/nats/streams.ts";
import { startNats, withoutNats } from "../../rig/nats-server.ts";

const skip = withoutNats();
const STREAM = "KV_tsv_desired";

/** A session that may do everything, and the bucket of desired configurations with so many bytes. */
async function bucket(t: TestContext, maxBytes: number) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-nats-"));
  const server = await startNats(directory);
  t.after(async () => {
    await server.kill();
    rmSync(directory, { recursive: true });
  });
  const made = await connect(await server.admitHub("root"));
  assert.ok(made.ok);
  t.after(() => made.value.close());
  const config = JSON.stringify({ ...streamConfigs().get(STREAM), max_bytes: maxBytes });
  const answer = await made.value.request(`$JS.API.STREAM.CREATE.${STREAM}`, config, 30_000);
  assert.ok(answer.ok);
  assert.doesNotMatch(new TextDecoder().decode(answer.value.data), /"error"/);
  return { session: made.value, server };
}

test("a key that another member has changed is not written", { skip }, async (t) => {
  const { session } = await bucket(t, 100_000);
  const first = await putEntry(session, "desired", "pi", "a", { expected: 0 });
  assert.ok(first.ok);
  const late = await putEntry(session, "desired", "pi", "b", { expected: 0 });
  assert.deepEqual(late, { ok: false, error: "conflict" });
  const next = await putEntry(session, "desired", "pi", "c", { expected: first.value });
  assert.ok(next.ok);
  const last = await lastEntry(session, "desired", "pi");
  assert.equal(last.ok && last.value?.text, "c");
});

test("a bucket that is full takes nothing, and says so", { skip }, async (t) => {
  const { session } = await bucket(t, 1000);
  const put = await putEntry(session, "desired", "pi", "x".repeat(2000));
  assert.ok(!put.ok && typeof put.error === "object");
  assert.match(put.error.text, /maximum bytes/);
  const last = await lastEntry(session, "desired", "pi");
  assert.deepEqual(last, { ok: true, value: null });
});

test("a question that nats-server loses while it reads its users is asked again", {
  skip,
}, async (t) => {
  const { session, server } = await bucket(t, 100_000);
  const made = await connect(await server.admit("ann", operatorPermissions("ann", "admin")));
  assert.ok(made.ok);
  assert.ok((await putEntry(session, "desired", "pi", "a")).ok);
  for (let n = 0; n < 20; n++) {
    let isReading = true;
    const reading = server.admit("x", { publish: [], subscribe: [] }).finally(() => {
      isReading = false;
    });
    while (isReading) {
      const streams: unknown = await makeStreams(session);
      assert.deepEqual(streams, { ok: true, value: true });
      const last: Awaited<ReturnType<typeof lastEntry>> = await lastEntry(
        made.value,
        "desired",
        "pi",
      );
      assert.equal(last.ok ? last.value?.text : last.error, "a");
    }
    await reading;
  }
  await made.value.close();
});
