// log_rate_limit: which lines pass, and that dropped ones are counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelLines,
  LINES_PER_SECOND,
  LineBudget,
  LineLimit,
  RateLimit,
  REPORT_MS,
  SURE_LINES,
} from "../../../../src/core/logs/line-limit.ts";
import { LONGEST_PIECE } from "../../../../src/core/logs/line-pieces.ts";
import { fc } from "../../../property.ts";

class Recorder {
  text = "";
  began_ = 0;
  counted = 0;
  lostBytes = 0;

  lost(bytes: number): void {
    this.lostBytes += bytes;
  }

  pass(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString("latin1");
  }

  began(): void {
    this.began_ += 1;
  }

  dropped(lines: number): void {
    this.counted += lines;
    this.text += `[${lines}]\n`;
  }
}

function limited(count: number) {
  const sink = new Recorder();
  const limit = new LineLimit({ count, seconds: 1 });
  return {
    sink,
    push: (text: string, now: number) => limit.push(Buffer.from(text), now, sink),
    limit,
  };
}

test("so many lines pass in each period, and the number of the others is told in front of the next", () => {
  const { sink, push } = limited(2);
  push("a\nb\nc\nd\n", 5000);
  assert.equal(sink.text, "a\nb\n");
  assert.equal(sink.began_, 1);
  push("e\n", 5999);
  push("f\ng\nh\n", 6000);
  assert.equal(sink.text, "a\nb\n[3]\nf\ng\n");
  // c, d, e and h, which is not reported yet.
  assert.equal(sink.lostBytes, 8);
});

test("a line that has begun to pass passes whole, and one that was dropped stays away", () => {
  const { sink, push } = limited(1);
  push("a", 0);
  push("b", 500);
  push("c\nde", 600);
  push("f", 2000);
  push("g\nh\n", 2001);
  assert.equal(sink.text, "abc\n[1]\nh\n");
});

test("dropped lines are told once in a minute", () => {
  const { sink, push } = limited(1);
  for (let now = 0; now < REPORT_MS + 5000; now += 1000) push("x\ny\n", now);
  const reports = sink.text.match(/\[\d+\]/g);
  assert.deepEqual(reports, ["[1]", "[60]"]);
  assert.equal(sink.began_, 1);
});

test("a line without an end counts once for each piece", () => {
  const { sink, push } = limited(2);
  push("x".repeat(LONGEST_PIECE * 3), 0);
  push("y\nz\n", 5000);
  assert.match(sink.text, /^x+\n\[1\]\nz\n$/);
  assert.ok(sink.text.length < 2 * LONGEST_PIECE + 10);
});

test("whatever the chunks, and whoever continues, the same lines pass, and each is counted or passes", () => {
  const line = fc.oneof(
    fc.constantFrom("", "a", "line"),
    fc.integer({ min: -2, max: 2 }).map((more) => "x".repeat(LONGEST_PIECE + more)),
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.integer({ min: 1, max: 5 }),
      (lines, places, count) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
        const whole = new Recorder();
        const one = new LineLimit({ count, seconds: 1 });
        one.push(bytes, 0, whole);
        one.end(0, whole);
        const parts = new Recorder();
        const borders = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
        let limit = new LineLimit({ count, seconds: 1 });
        let from = 0;
        for (const to of [...borders, bytes.length]) {
          limit.push(bytes.subarray(from, to), 0, parts);
          limit = new LineLimit({ count, seconds: 1 }, limit.state);
          from = to;
        }
        limit.end(0, parts);
        assert.equal(parts.text, whole.text);
        assert.equal(parts.counted, whole.counted);
        assert.equal(parts.lostBytes, whole.lostBytes);
        if (lines.every((each) => each.length < 100)) {
          const passed = whole.text.split("\n").length - 1 - (whole.counted > 0 ? 1 : 0);
          assert.equal(passed + whole.counted, lines.length);
          assert.equal(passed, Math.min(count, lines.length));
          const report = whole.counted > 0 ? `[${whole.counted}]\n` : "";
          assert.equal(whole.text.length - report.length + whole.lostBytes, bytes.length);
        }
      },
    ),
    { numRuns: 200 },
  );
});

// How many lines of programs go to the system's log.

test("a flood leaves every other channel its share, and a new second is a new start", () => {
  const budget = new LineBudget();
  const flood = new ChannelLines();
  const quiet = new ChannelLines();
  for (let n = 0; n < LINES_PER_SECOND; n += 1) assert.equal(budget.take(flood, 500), true);
  assert.equal(budget.take(flood, 999), false);
  assert.equal(flood.dropped, 1);
  for (let n = 0; n < SURE_LINES; n += 1) assert.equal(budget.take(quiet, 999), true);
  assert.equal(budget.take(quiet, 999), false);
  assert.equal(budget.take(flood, 1000), true);
});

test("however channels take turns, each second has a bounded number of lines and loses none unseen", () => {
  const times = fc.array(fc.record({ ms: fc.nat(3000), channel: fc.nat(4), lines: fc.nat(6000) }));
  fc.assert(
    fc.property(times, (turns) => {
      const budget = new LineBudget();
      const channels = Array.from({ length: 5 }, () => new ChannelLines());
      const sent = new Map<number, number>();
      let taken = 0;
      for (const { ms, channel, lines } of turns.sort((a, b) => a.ms - b.ms)) {
        for (let n = 0; n < lines; n += 1) {
          if (!budget.take(channels[channel] ?? new ChannelLines(), ms)) continue;
          taken += 1;
          const second = Math.floor(ms / 1000);
          sent.set(second, (sent.get(second) ?? 0) + 1);
        }
      }
      for (const count of sent.values()) {
        assert.ok(count <= LINES_PER_SECOND + channels.length * SURE_LINES);
      }
      const asked = turns.reduce((sum, { lines }) => sum + lines, 0);
      const dropped = channels.reduce((sum, each) => sum + each.dropped, 0);
      assert.equal(taken + dropped, asked);
    }),
  );
});

// Limits of log lines that other users can cause.

test("a burst gets through, then so many a second, with the count of the rest", () => {
  const limit = new RateLimit({ burst: 2, perSecond: 1 });
  assert.deepEqual(
    [0, 0, 0, 10].map((at) => limit.take(at)),
    [0, 0, null, null],
  );
  assert.equal(limit.take(1010), 2);
  assert.equal(limit.take(1020), null);
  assert.equal(limit.take(60_000), 1);
});

test("all are counted once, and no more get through than allowed", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 300 }), (steps) => {
      const limit = new RateLimit({ burst: 3, perSecond: 2 });
      let now = 0;
      let told = 0;
      let passed = 0;
      for (const step of steps) {
        now += step;
        const before = limit.take(now);
        if (before === null) continue;
        passed += 1;
        told += 1 + before;
      }
      assert.ok(told <= steps.length);
      assert.ok(passed <= 3 + (now * 2) / 1000 + 1e-9);
      const rest = limit.take(now + 1000);
      assert.equal(told + (rest ?? 0), steps.length);
    }),
  );
});
