// Lanes on a simulated pool: file systems that stall, and come back, at any moment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LaneLimits, Lanes, type Ticket } from "../../../../src/core/base/lanes.ts";
import { fc } from "../../../property.ts";

const LIMITS: LaneLimits = {
  threads: 10,
  reserve: 3,
  perLane: 4,
  perLateLane: 2,
  lateMs: 500,
  proofMs: 10_000,
  waiting: 1000,
};

/** A pool whose operations end when the test says so. */
function pool(limits = LIMITS) {
  const running = new Map<string, Ticket>();
  const lanes = new Lanes<string>(limits, (job, ticket) => {
    assert.ok(running.size < limits.threads, "no more operations than threads");
    running.set(job, ticket);
  });
  const end = (job: string, now: number): void => {
    const ticket = running.get(job);
    assert.ok(ticket !== undefined, `${job} runs`);
    running.delete(job);
    lanes.done(ticket, now);
  };
  return { lanes, running, end };
}

test("a lane that stalls keeps four threads, and two once one of them is late", () => {
  const { lanes, running, end } = pool();
  for (let n = 0; n < 20; n += 1) lanes.add(1, `a${n}`, 0);
  assert.deepEqual([...running.keys()], ["a0", "a1", "a2", "a3"]);
  end("a0", 600);
  end("a1", 600);
  assert.deepEqual([...running.keys()], ["a2", "a3"]);
  end("a2", 700);
  assert.deepEqual([...running.keys()], ["a3", "a4"]);
});

test("many stalled lanes leave threads to one that has answered", () => {
  const { lanes, running, end } = pool();
  lanes.add(0, "proof", 0);
  end("proof", 1);
  for (let lane = 1; lane < 50; lane += 1) {
    for (let n = 0; n < 5; n += 1) lanes.add(lane, `${lane} ${n}`, 2);
  }
  assert.equal(running.size, LIMITS.threads - LIMITS.reserve);
  for (let now = 1000; now < 9000; now += 1000) {
    lanes.add(0, `at ${now}`, now);
    assert.ok(running.has(`at ${now}`));
    end(`at ${now}`, now + 1);
  }
});

test("too many that wait are refused, but for those that must run", () => {
  const { lanes, end, running } = pool({ ...LIMITS, waiting: 2 });
  for (let n = 0; n < 6; n += 1) assert.equal(lanes.add(1, `${n}`, 0), true);
  assert.equal(lanes.add(1, "refused", 0), false);
  assert.equal(lanes.add(1, "must", 0, true), true);
  for (const job of ["0", "1", "2", "3", "4", "5", "must"]) {
    assert.ok(running.has(job));
    end(job, 1);
  }
  assert.equal(lanes.inFlight, 0);
});

interface World {
  readonly jobs: readonly { readonly at: number; readonly lane: number; readonly takes: number }[];
  readonly stalls: readonly {
    readonly lane: number;
    readonly from: number;
    readonly until: number;
  }[];
}

const worlds: fc.Arbitrary<World> = fc.record({
  jobs: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 20_000 }),
      lane: fc.integer({ min: 0, max: 5 }),
      takes: fc.integer({ min: 1, max: 80 }),
    }),
    { minLength: 1, maxLength: 200 },
  ),
  // Two of six file systems at most; 0 always answers.
  stalls: fc.array(
    fc.record({
      lane: fc.integer({ min: 1, max: 2 }),
      from: fc.integer({ min: 0, max: 20_000 }),
      until: fc.integer({ min: 0, max: 40_000 }),
    }),
    { maxLength: 4 },
  ),
});

test("each lane keeps its order, and a lane that answers waits for no other", () => {
  fc.assert(
    fc.property(worlds, ({ jobs, stalls }) => {
      const started: number[][] = [[], [], [], [], [], []];
      const ends = new Map<number, { at: number; ticket: Ticket }>();
      let now = 0;
      const lanes = new Lanes<number>(LIMITS, (n, ticket) => {
        const { lane = 0, takes = 1 } = jobs[n] ?? {};
        started[lane]?.push(n);
        const free = stalls
          .filter((stall) => stall.lane === lane && stall.from <= now + takes)
          .reduce((latest, { until }) => Math.max(latest, until), 0);
        ends.set(n, { at: Math.max(now + takes, free), ticket });
        assert.ok(ends.size <= LIMITS.threads);
      });
      const order = jobs.map((_, n) => n).sort((a, b) => (jobs[a]?.at ?? 0) - (jobs[b]?.at ?? 0));
      const finished = new Map<number, number>();
      while (order.length > 0 || ends.size > 0) {
        const coming = jobs[order[0] ?? -1]?.at ?? Infinity;
        const [first] = [...ends].sort(([, a], [, b]) => a.at - b.at);
        if (first !== undefined && first[1].at <= coming) {
          now = first[1].at;
          ends.delete(first[0]);
          finished.set(first[0], now);
          lanes.done(first[1].ticket, now);
        } else {
          now = coming;
          const n = order.shift() ?? 0;
          assert.ok(lanes.add(jobs[n]?.lane ?? 0, n, now));
        }
      }
      assert.equal(finished.size, jobs.length, "all of them run");
      for (const [lane, list] of started.entries()) {
        const asked = list.map((n) => jobs[n]?.at ?? 0);
        assert.deepEqual(
          asked,
          [...asked].sort((a, b) => a - b),
          `order of lane ${lane}`,
        );
      }
      for (const [n, at] of finished) {
        const job = jobs[n];
        // At most 200 jobs of 80 ms, two at a time: what a lane of its own would take, with nobody else in the way.
        if (job !== undefined && job.lane > 2)
          assert.ok(at - job.at <= 200 * 80, "no wait for others");
      }
    }),
  );
});
