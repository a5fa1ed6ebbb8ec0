// With an interval and without one a log ends up the same, and answers the same, whatever happens in whatever order.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stdoutOf, WEB } from "../../../fakes/logs-world.ts";
import { FD, LOG, MS, running, SECS, settled } from "./flush-rig.ts";

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
  ...(["read", "clear", "reopen", "restart", "settle", "flush"] as const).map((kind) => ({
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(kind), size: fc.constant(0) }),
  })),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function play(steps: readonly Step[], flushSecs: number, maxBytes: number) {
  const { logs, pipes, files, clock } = await running({ flushSecs, maxBytes, backups: 3 });
  const answers: string[] = [];
  let fd = FD;
  for (const [index, { kind, size }] of steps.entries()) {
    if (kind === "feed") pipes.feed(fd, String.fromCharCode(97 + (index % 26)).repeat(size));
    else if (kind === "pass") clock.advance(size);
    else if (kind === "reopen") logs.reopenAll();
    else if (kind === "clear") void logs.clear(stdoutOf(WEB));
    else if (kind === "settle") await settled();
    else if (kind === "flush") await logs.flush();
    else if (kind === "restart") {
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
  return { bytes, answers };
}

test("whatever is done in whatever order, files and answers are the same with and without an interval", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: SECS }),
      fc.nat(60),
      async (steps, secs, maxBytes) => {
        assert.deepEqual(await play(steps, secs, maxBytes), await play(steps, 0, maxBytes));
      },
    ),
    { numRuns: 200 },
  );
});
