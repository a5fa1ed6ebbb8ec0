// Questions that are asked by many at the same time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Shared } from "../../../../src/core/base/shared.ts";

function asking(keptMs?: number) {
  let now = 0;
  const shared = new Shared<number>(() => now, keptMs);
  const answers: ((value: number) => void)[] = [];
  return {
    /** How often it was asked. */
    count: () => answers.length,
    pass: (ms: number) => {
      now += ms;
    },
    share: (question: string) =>
      shared.share(question, () => new Promise((resolve) => void answers.push(resolve))),
    async answer(value: number) {
      answers.at(-1)?.(value);
      await turn();
    },
  };
}

test("questions at the same time share an answer, later ones get their own", async () => {
  const { share, answer, count } = asking();
  const both = [share("a"), share("a")];
  await answer(1);
  assert.deepEqual(await Promise.all(both), [1, 1]);
  void share("a");
  void share("b");
  assert.equal(count(), 3);
});

test("a question without an answer is asked again after five seconds", async () => {
  const { share, pass, count } = asking();
  void share("a");
  pass(4999);
  void share("a");
  assert.equal(count(), 1);
  pass(1);
  void share("a");
  assert.equal(count(), 2);
});

test("an answer that is kept holds for so long, from when it was given", async () => {
  const { share, pass, answer, count } = asking(100);
  const first = share("a");
  pass(1000);
  await answer(1);
  pass(99);
  assert.equal(await share("a"), 1);
  assert.equal(await first, 1);
  pass(1);
  void share("a");
  assert.equal(count(), 2);
});
