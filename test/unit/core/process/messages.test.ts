// Lines of the activity log that no transition writes, word for word.

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeOutcome, messages } from "../../../../src/core/process/messages.ts";
import { exit, killedBy } from "./samples.ts";

test("a death reads as users' tools expect it", () => {
  assert.equal(describeOutcome(exit(3)), "exit status 3");
  assert.equal(describeOutcome(killedBy(15)), "terminated by SIGTERM");
  assert.equal(describeOutcome(killedBy(6, true)), "terminated by SIGABRT (core dumped)");
  assert.equal(describeOutcome(killedBy(29)), "terminated by SIGPOLL");
  assert.equal(describeOutcome(killedBy(40)), "terminated by signal 40");
});

const LINES: readonly (readonly [string, string])[] = [
  [
    messages.killGone("web", 42),
    "unable to signal web (pid 42), it probably just exited on its own: [Errno 3] No such process",
  ],
  [
    messages.signalGone("web", 42),
    "unable to signal web (pid 42), it probably just now exited on its own: [Errno 3] No such process",
  ],
  [messages.signalling("web", 42, 10), "sending web (pid 42) sig SIGUSR1"],
  [messages.signalNotRunning("web", 1), "attempted to send web sig SIGHUP but it wasn't running"],
  [messages.reapedUnknown(42, exit(0)), "reaped unknown pid 42 (exit status 0)"],
  [messages.reapedUnknown(42, killedBy(9)), "reaped unknown pid 42 (terminated by SIGKILL)"],
  [messages.waitingToDie(["a", "b"]), "waiting for a, b to die"],
];

for (const [line, text] of LINES) test(`"${text}"`, () => assert.equal(line, text));
