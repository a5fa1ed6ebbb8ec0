// When the daemon is looked at again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { Feed } from "../../../../src/ctl/live/feed.ts";
import type { HttpStream } from "../../../../src/ports/http-client.ts";
import { createFakeClient, createFakeContext, fakeStream } from "../../../fakes/ctl-client.ts";

/** A feed whose pauses are over at once, and their lengths. @param looks what each look returns; the feed ends after them */
async function run(looks: readonly boolean[], send: readonly string[] = []) {
  const pauses: number[] = [];
  const news: boolean[] = [];
  let streams = 0;
  const follow = (_path: string, onBytes: (bytes: Uint8Array) => void) => {
    streams += 1;
    const stream: HttpStream = fakeStream(() => {
      for (const text of send) onBytes(new TextEncoder().encode(text));
      return "open";
    });
    return ok(stream);
  };
  const client = { ...createFakeClient({}), follow };
  const startPause = (milliseconds: number) => {
    pauses.push(milliseconds);
    return { over: new Promise<void>((resolve) => setImmediate(resolve)), cancel: () => undefined };
  };
  const { context } = createFakeContext(client, { startPause });
  const feed = new Feed(context, async (hasNews) => {
    news.push(hasNews);
    if (news.length >= looks.length) feed.end();
    return looks[news.length - 1] ?? true;
  });
  await feed.run();
  return { pauses, news, streams };
}

test("without events it looks from time to time, for figures only", async () => {
  const { pauses, news, streams } = await run([true, true, true]);
  assert.deepEqual([pauses, news, streams], [[2000, 2000], [true, false, false], 1]);
});

test("events are gathered, and the look after them is about states too", async () => {
  const { news, pauses } = await run([true, true], ["begin", "event", "event"]);
  assert.deepEqual(news, [true, true]);
  assert.equal(pauses.at(-1), 250);
});

test("a daemon that does not answer is asked later and later, and everything is new afterwards", async () => {
  const { pauses, news, streams } = await run([true, false, false, true]);
  assert.deepEqual(
    [pauses, news],
    [
      [2000, 250, 500],
      [true, false, true, true],
    ],
  );
  assert.equal(streams, 1);
});

test("it ends while a look waits for an answer", async () => {
  const { context } = createFakeContext(createFakeClient({}));
  let begun: () => void = () => undefined;
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const feed = new Feed(context, () => {
    begun();
    return new Promise<boolean>(() => undefined);
  });
  const over = feed.run();
  await isBegun;
  feed.end();
  await over;
});
