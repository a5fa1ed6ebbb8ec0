// Ten thousand devices lose their hub at one instant: how many come back in a second. The last failed attempt was refused at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LATEST_MS, LONGEST_MS, reconnectDelayMs } from "../../src/core/fleet/reconnect.ts";
import { Rng } from "./rng.ts";

const SEEDS = Math.min(Number(process.env["SIM_SEEDS"] ?? 5), 50);
const DEVICES = 10_000;
const SECOND = 1000;

/** The times at which devices come back, in milliseconds after the hub does. @param backMs how long it is away */
function returns(rng: Rng, backMs: number): readonly number[] {
  return Array.from({ length: DEVICES }, () => {
    let at = 0;
    for (let failures = 0; ; failures += 1) {
      at += reconnectDelayMs(failures, rng.next());
      if (at >= backMs) return at - backMs;
    }
  });
}

/** The most connections in a second that begins at any time. */
function mostInSecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let [from, most] = [0, 0];
  for (const [to, time] of sorted.entries()) {
    while (time - (sorted[from] ?? 0) >= SECOND) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** Of devices that come back at any time of `spreadMs`, with five standard deviations of a second's number. */
function bound(spreadMs: number): number {
  const mean = (DEVICES * SECOND) / spreadMs;
  return mean + 5 * Math.sqrt(mean);
}

function worst(backMs: (rng: Rng) => number): number {
  const seeds = Array.from({ length: SEEDS }, (_, at) => new Rng(at + 1));
  return Math.max(...seeds.map((rng) => mostInSecond(returns(rng, backMs(rng)))));
}

test("after a restart that takes no time, devices come back over the whole first wait", () => {
  const most = worst(() => 0);
  assert.ok(most <= bound(0.95 * LATEST_MS), `${most} in a second`);
});

test("after minutes without a hub, they come back over half of the longest wait at least", () => {
  const most = worst((rng) => rng.int(300 * SECOND, 3600 * SECOND));
  assert.ok(most <= bound(LONGEST_MS / 2), `${most} in a second`);
});

test("however long it was away, a third of them at most comes back in one second", () => {
  for (let backMs = 0; backMs <= 60 * SECOND; backMs += SECOND) {
    const times = returns(new Rng(backMs + 1), backMs);
    const most = mostInSecond(times);
    assert.ok(most <= DEVICES / 3, `${most} in a second after ${backMs} ms`);
    assert.ok(Math.max(...times) <= LONGEST_MS);
  }
});
