// With an interval and without one a log ends up the same, and answers the same, whatever happens in whatever order.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Logs } from "../../../../src/services/logs/logs.ts";
import { FD, LOG, stdoutOf, WEB } from "../../../fakes/logs-world.ts";
import { fc } from "../../../property.ts";
import { MS, running, SECS, settled } from "./flush-rig.ts";

const KINDS = [
  "read",
  "clear",
  "reopen",
  "restart",
  "settle",
  "flush",
  "follow",
  "leave",
  "halt",
] as const;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("feed" as const),
      size: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      size: fc.integer({ min: 1, max: 2 * MS }),
    }),
  },
  ...KINDS.map((kind) => ({
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(kind), size: fc.constant(0) }),
  })),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Setting {
  readonly flushSecs: number;
  readonly maxBytes: number;
  /** Most bytes that the disk takes at once. */
  readonly writeLimit: number;
}

/** Another daemon is about to take over, and does not after all. */
async function halt({ upgrade }: Logs): Promise<void> {
  upgrade.halt();
  const never = new AbortController().signal;
  assert.deepEqual(await upgrade.settle(never, never), []);
  assert.equal(upgrade.isSettled, true);
  upgrade.resume();
}

async function play(steps: readonly Step[], { flushSecs, maxBytes, writeLimit }: Setting) {
  const world = await running({ flushSecs, maxBytes, backups: 3 });
  const { logs, pipes, files, clock } = world;
  files.writeLimit = writeLimit;
  const answers: string[] = [];
  const seen: Buffer[][] = [];
  let leave: () => void = () => {};
  let fd = FD;
  for (const [index, { kind, size }] of steps.entries()) {
    if (kind === "feed") pipes.feed(fd, String.fromCharCode(97 + (index % 26)).repeat(size));
    else if (kind === "pass") clock.advance(size);
    else if (kind === "reopen") logs.reopenAll();
    else if (kind === "clear") void logs.clear(stdoutOf(WEB));
    else if (kind === "settle") await settled();
    else if (kind === "flush") await logs.flush();
    else if (kind === "halt") await halt(logs);
    else if (kind === "leave") {
      // Sees what was there before.
      await logs.flush();
      leave();
    } else if (kind === "follow") {
      await logs.flush();
      leave();
      const mine: Buffer[] = [];
      seen.push(mine);
      const follower = await logs.follow(
        stdoutOf(WEB),
        1000,
        (bytes) => void mine.push(Buffer.from(bytes)),
      );
      if (follower.ok) leave = () => follower.value.close();
    } else if (kind === "restart") {
      logs.detach(WEB);
      fd += 1;
      logs.attach(WEB, 42 + fd, { stdout: fd, stderr: null });
    } else {
      const answer = await logs.read(stdoutOf(WEB), 0, 0);
      answers.push(answer.ok ? Buffer.from(answer.value).toString() : String(answer.error.detail));
    }
  }
  await logs.flush();
  const bytes = [LOG, `${LOG}.1`, `${LOG}.2`, `${LOG}.3`].map((path) => files.text(path));
  assert.equal(clock.alarmAt, null);
  return { bytes, answers, seen: seen.map((chunks) => Buffer.concat(chunks).toString()) };
}

test("whatever is done in whatever order, files and answers are the same with and without an interval", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: SECS }),
      fc.record({ maxBytes: fc.nat(60), writeLimit: fc.integer({ min: 1, max: 100 }) }),
      async (steps, flushSecs, setting) => {
        const plain = await play(steps, { ...setting, flushSecs: 0 });
        assert.deepEqual(await play(steps, { ...setting, flushSecs }), plain);
      },
    ),
    { numRuns: 200 },
  );
});
