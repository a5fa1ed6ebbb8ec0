// The options that say when a program is started again, and when it is given up.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { deadlineOf, isStoppable } from "../../../../src/core/process/model.ts";
import { countFailure, restartDelay } from "../../../../src/core/process/restart-policy.ts";
import { fc } from "../../../property.ts";
import { exit, program } from "./samples.ts";
import { Story } from "./story.ts";

const delays = (changes: Partial<ProcessConfig>, count = 5): number[] =>
  Array.from({ length: count }, (_, n) => restartDelay(program(changes), n + 1, 0) / 1000);

test("without options the wait grows by a second each time, as Supervisor's", () => {
  assert.deepEqual(delays({}), [1, 2, 3, 4, 5]);
});

test("the wait is constant, linear or exponential in restart_delay, and at most restart_delay_max", () => {
  assert.deepEqual(delays({ restartDelay: 3, restartBackoff: "constant" }), [3, 3, 3, 3, 3]);
  assert.deepEqual(delays({ restartDelay: 3 }), [3, 6, 9, 12, 15]);
  assert.deepEqual(delays({ restartBackoff: "exponential" }), [1, 2, 4, 8, 16]);
  assert.deepEqual(delays({ restartBackoff: "exponential", restartDelayMax: 6 }), [1, 2, 4, 6, 6]);
  assert.deepEqual(delays({ restartDelay: 0 }), [0, 0, 0, 0, 0]);
});

test("the wait never grows beyond a day by itself", () => {
  assert.equal(restartDelay(program({ restartBackoff: "exponential" }), 10_000, 0), 86_400_000);
});

test("jitter moves the wait up and down by at most its share, and differently each time", () => {
  const config = program({ restartDelay: 100, restartBackoff: "constant", restartJitter: 0.2 });
  const waits = new Set<number>();
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 100 }), (seed, failures) => {
      const wait = restartDelay(config, failures, seed);
      waits.add(wait);
      assert.ok(wait >= 80_000 && wait <= 120_000, `${wait} ms`);
    }),
  );
  assert.ok(waits.size > 10);
});

test("startretries=-1 never gives up", () => {
  const config = program({ startRetries: -1 });
  assert.equal(countFailure(config, { failedAt: [] }, 1_000_000, 0).isTooMany, false);
});

test("restart_limit gives up after so many failures in so long, whatever startretries says (restart-options)", () => {
  const restartLimit = { count: 3, seconds: 10 };
  const config = program({ startRetries: 0, restartLimit });
  fc.assert(
    fc.property(fc.array(fc.nat(6000), { maxLength: 30 }), (gaps) => {
      let failedAt: readonly number[] = [];
      let now = 0;
      let kept: number[] = [];
      for (const gap of gaps) {
        now += gap;
        const counted = countFailure(config, { failedAt }, 1, now);
        kept = kept.filter((at) => at > now - 10_000);
        assert.equal(counted.isTooMany, kept.length >= 3);
        kept = counted.isTooMany ? [] : [...kept, now];
        failedAt = counted.failedAt;
        assert.ok(failedAt.length <= 3);
      }
    }),
  );
});

/** The waits of a program that comes up and crashes after so long, again and again. */
function waitsOf(changes: Partial<ProcessConfig>, upMs: readonly number[]): (number | string)[] {
  const story = new Story({ startSecs: 0, autorestart: "always", ...changes }).start(7);
  return upMs.map((ms) => {
    story.tell({ kind: "exited", outcome: exit(1) }, story.now + ms);
    if (story.kind === "FATAL") return "FATAL";
    const wait = (deadlineOf(story.state) ?? 0) - story.now;
    story.wait().tell({ kind: "spawned", pid: 7 });
    return wait;
  });
}

test("without options a program that exits is restarted at once", () => {
  assert.deepEqual(waitsOf({}, [5000, 2000, 60_000]), [0, 0, 0]);
});

test("with restart_delay it waits, longer after each short run, and a long one begins anew", () => {
  const changes = { restartDelay: 2 };
  assert.deepEqual(
    waitsOf(changes, [5000, 2000, 9999, 10_000, 50]),
    [2000, 4000, 6000, 2000, 2000],
  );
  const constant = { ...changes, restartBackoff: "constant" as const };
  assert.deepEqual(waitsOf(constant, [5000, 2000, 60_000]), [2000, 2000, 2000]);
});

test("an exit that is expected waits the shortest time", () => {
  const story = new Story({ startSecs: 0, autorestart: "always", restartDelay: 2 }).start(7);
  for (let run = 0; run < 4; run += 1) {
    story.tell({ kind: "exited", outcome: exit(0) }, story.now + 100);
    assert.equal((deadlineOf(story.state) ?? 0) - story.now, 2000);
    story.wait().tell({ kind: "spawned", pid: 7 });
  }
});

test("restart_limit counts crashes too, and says so", () => {
  const restartLimit = { count: 2, seconds: 60 };
  assert.deepEqual(waitsOf({ restartLimit }, [5000, 5000, 5000]), [0, 0, "FATAL"]);
  assert.deepEqual(waitsOf({ restartLimit }, [40_000, 40_000, 40_000, 40_000]), [0, 0, 0, 0]);
  const story = new Story({ startSecs: 0, restartLimit: { count: 1, seconds: 60 } }).start(7);
  story
    .tell({ kind: "exited", outcome: exit(1) }, 5000)
    .wait()
    .tell({ kind: "spawned", pid: 7 });
  story.tell({ kind: "exited", outcome: exit(1) }, 6000);
  assert.deepEqual(story.states.slice(-2), ["EXITED", "FATAL"]);
  assert.match(story.log.at(-1) ?? "", /gave up: web entered FATAL state, more than 1 failures/);
});

test("fatal_retry_after tries again later, with all retries", () => {
  const story = new Story({ startRetries: 1, fatalRetryAfter: 60 });
  story.tell({ kind: "start", by: "request" }).tell({ kind: "spawn-failed", text: "no" });
  story.wait().tell({ kind: "spawn-failed", text: "no" });
  assert.equal(story.kind, "FATAL");
  const since = story.now;
  story.wait();
  assert.equal(story.now - since, 60_000);
  assert.equal(story.kind, "SPAWNING");
  story.tell({ kind: "spawn-failed", text: "no" });
  assert.equal(story.kind, "BACKOFF");
});

test("a stop ends that wait", () => {
  const story = new Story({ startRetries: 0, fatalRetryAfter: 60 });
  story.tell({ kind: "start", by: "request" }).tell({ kind: "spawn-failed", text: "no" });
  assert.equal(isStoppable(story.state), true);
  story.tell({ kind: "stop" });
  assert.equal(story.kind, "STOPPED");
  assert.equal(deadlineOf(story.state), null);
});
