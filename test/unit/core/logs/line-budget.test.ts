// How many lines of programs go to the system's log.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelLines,
  LINES_PER_SECOND,
  LineBudget,
  SURE_LINES,
} from "../../../../src/core/logs/line-budget.ts";
import { fc } from "../../../property.ts";

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
