// Work that is done one thing after another, and shared by those who ask while it waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../../../src/services/supervisor/turns.ts";

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
  const turns = new Turns();
  const log: string[] = [];
  const [first, second] = [work(log, "first"), work(log, "second")];
  const one = turns.take("read", first.run);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(log, ["begin first"]);
  const two = turns.take("read", second.run);
  const three = turns.take("read", () => Promise.reject(new Error("never asked")));
  first.end();
  second.end();
  assert.deepEqual(await Promise.all([one, two, three]), ["first", "second", "second"]);
  assert.deepEqual(log, ["begin first", "end first", "begin second", "end second"]);
  await turns.settle();
  assert.ok(!turns.isBusy);
});

test("an error reaches its caller, and the next operation runs", async () => {
  const turns = new Turns();
  const bad = turns.take("a", () => Promise.reject(new Error("no")));
  const good = turns.take("b", () => Promise.resolve(3));
  await assert.rejects(bad ?? Promise.resolve(), /no/);
  assert.equal(await good, 3);
});

test("the queue is limited, and settling waits for all of it", async () => {
  const turns = new Turns();
  const done: number[] = [];
  const add = (n: number) =>
    turns.take(`${n}`, async () => {
      done.push(n);
    });
  let taken = 0;
  while (add(taken) !== null) taken += 1;
  assert.equal(taken, 100);
  assert.ok(turns.isBusy);
  await turns.settle();
  assert.equal(done.length, 100);
  assert.notEqual(add(100), null);
});
