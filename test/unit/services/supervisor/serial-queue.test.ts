// Work that is done one thing after another, and shared by those who ask while it waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SerialQueue } from "../../../../src/services/supervisor/configuration.ts";

/** Work that ends when the test says. */
function work(log: string[], name: string) {
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const run = async (): Promise<string> => {
    log.push(`begin ${name}`);
    await ended;
    log.push(`end ${name}`);
    return name;
  };
  return { run, end };
}

test("a queued operation is shared with later requests; a running one is not", async () => {
  const queue = new SerialQueue();
  const log: string[] = [];
  const [first, second] = [work(log, "first"), work(log, "second")];
  const one = queue.take("read", first.run);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(log, ["begin first"]);
  const two = queue.take("read", second.run);
  const three = queue.take("read", () => Promise.reject(new Error("never asked")));
  first.end();
  second.end();
  assert.deepEqual(await Promise.all([one, two, three]), ["first", "second", "second"]);
  assert.deepEqual(log, ["begin first", "end first", "begin second", "end second"]);
  await queue.settle();
  assert.ok(!queue.isBusy);
});

test("an error reaches its caller, and the next operation runs", async () => {
  const queue = new SerialQueue();
  const bad = queue.take("a", () => Promise.reject(new Error("no")));
  const good = queue.take("b", () => Promise.resolve(3));
  await assert.rejects(bad ?? Promise.resolve(), /no/);
  assert.equal(await good, 3);
});

test("the queue is limited, and settling waits for all of it", async () => {
  const queue = new SerialQueue();
  const done: number[] = [];
  const add = (n: number) =>
    queue.take(`${n}`, async () => {
      done.push(n);
    });
  let taken = 0;
  while (add(taken) !== null) taken += 1;
  assert.equal(taken, 100);
  assert.ok(queue.isBusy);
  await queue.settle();
  assert.equal(done.length, 100);
  assert.notEqual(add(100), null);
});
