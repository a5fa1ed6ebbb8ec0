// Waiting commands: notified, without polling.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StartRequests, Waiters } from "../../../../src/services/supervisor/waiters.ts";
import { group, program } from "../../core/process/samples.ts";
import { key, Rig, tick, Watched } from "./rig.ts";

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
  waiters.notify(A);
  waiters.notify(B);
  assert.equal(asked, 4);
  value = 5;
  waiters.notify(A);
  assert.deepEqual(await Promise.all(answers), [5, 10]);
  waiters.notify(A);
  assert.equal(asked, 6, "nobody is asked after the answer");
});

test("a watch that ends twice takes no other waiter with it", async () => {
  const waiters = new Waiters();
  const end = waiters.watch(A, () => {});
  end();
  let answer: number | undefined;
  const waiting = waiters.wait(A, () => answer, NEVER);
  end();
  answer = 1;
  waiters.notify(A);
  assert.equal(await waiting, 1);
});

test("a verdict that throws rejects its own wait alone", async () => {
  const waiters = new Waiters();
  let throws = false;
  const bad = waiters.wait(A, () => (throws ? assert.fail("bad verdict") : undefined), NEVER);
  const good = waiters.wait(A, () => (throws ? 1 : undefined), NEVER);
  throws = true;
  waiters.notify(A);
  await assert.rejects(bad, /bad verdict/);
  assert.equal(await good, 1);
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
  waiters.notify(A);
  waiters.abandon();
  assert.equal(await second, "there");
});

// The caller of a start gets its outcome once.

test("a start is begun for the first who asked; to the others the process was started already", () => {
  const requests = new StartRequests();
  const told: string[] = [];
  for (const name of ["first", "second"]) {
    requests.add(A, (outcome) => told.push(`${name}: ${String(outcome)}`));
  }
  requests.settle(B, "begun");
  assert.deepEqual(told, []);
  requests.settle(A, "begun");
  assert.deepEqual(told, ["first: begun", "second: already-started"]);
  requests.settle(A, "cancelled");
  assert.equal(told.length, 2, "they have been told");
});

test("all callers get the refusal", () => {
  const requests = new StartRequests();
  const told: unknown[] = [];
  for (let n = 0; n < 2; n += 1) requests.add(A, (outcome) => told.push(outcome));
  requests.settle(A, "cancelled");
  assert.deepEqual(told, ["cancelled", "cancelled"]);
});

test("several starts are settled when the last of them has had its turn, whatever became of it", async () => {
  const requests = new StartRequests();
  let isSettled = false;
  void requests.settled([A, B]).then(() => {
    isSettled = true;
  });
  requests.settle(A, "begun");
  await tick();
  assert.equal(isSettled, false);
  requests.settle(B, "removed");
  await tick();
  assert.equal(isSettled, true);
  await requests.settled([]);
});

test("a client is answered in an upgrade, and its requested start stays queued", async () => {
  const rig = new Rig(group("web", [program({ autostart: false })])).begin();
  const answer = new Watched(rig.supervisor.start(key("web:web"), true));
  rig.supervisor.upgrade.abandonWaiting();
  await rig.supervisor.upgrade.suspend(AbortSignal.abort());
  rig.settle();
  await tick();
  assert.match(answer.outcome, /^FAILED: /);
  const { queued } = rig.supervisor.upgrade.state().supervision;
  assert.deepEqual([...queued.keys()], ["web:web"]);
  assert.equal(rig.spawner.children.size, 0, "none is begun while the daemon stands still");
  rig.supervisor.upgrade.unsuspend();
  rig.settle();
  assert.equal(rig.state("web:web"), "STARTING", "the replacement came to nothing");
});
