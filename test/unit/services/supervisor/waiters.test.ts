// Waiting commands: notified, without polling.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Waiters } from "../../../../src/services/supervisor/waiters.ts";
import { key } from "./rig.ts";

const A = key("g:a");
const B = key("g:b");
const NEVER = () => 0;

test("a verdict that has an answer already is not waited for", async () => {
  assert.equal(await new Waiters().wait(A, () => 1, NEVER), 1);
});

test("every waiter of a process is asked at each change until it has its answer (wait-without-spinning)", async () => {
  const waiters = new Waiters();
  let value: number | undefined;
  let asked = 0;
  const answers = [1, 2].map((n) =>
    waiters.wait(
      A,
      () => {
        asked += 1;
        return value === undefined ? undefined : value * n;
      },
      NEVER,
    ),
  );
  waiters.tell(A);
  waiters.tell(B);
  assert.equal(asked, 4);
  value = 5;
  waiters.tell(A);
  assert.deepEqual(await Promise.all(answers), [5, 10]);
  waiters.tell(A);
  assert.equal(asked, 6, "nobody is asked after the answer");
});

test("a verdict that throws rejects its own wait only", async () => {
  const waiters = new Waiters();
  let broken = false;
  const bad = waiters.wait(
    A,
    () => {
      if (broken) throw new Error("oops");
      return undefined;
    },
    NEVER,
  );
  const good = waiters.wait(
    A,
    () => (broken ? "fine" : undefined),
    () => "never",
  );
  broken = true;
  waiters.tell(A);
  await assert.rejects(bad, /oops/);
  assert.equal(await good, "fine");
});

test("waiting callers are answered once when waiting ends", async () => {
  const waiters = new Waiters();
  let answer: string | undefined;
  const first = waiters.wait(
    A,
    () => answer,
    () => "given up",
  );
  waiters.abandon();
  assert.equal(await first, "given up");
  const second = waiters.wait(
    A,
    () => answer,
    () => "given up",
  );
  answer = "there";
  waiters.tell(A);
  waiters.abandon();
  assert.equal(await second, "there");
});
