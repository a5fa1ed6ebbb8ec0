// CPU between two looks.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Usages } from "../../../../src/ctl/commands/own-status.ts";
import { nextSample } from "../../../../src/ctl/live/cpu.ts";

const usage = (cpuSeconds: number, pid = 7, cpuPercent = 1): Usages =>
  new Map([["web:web", { pid, cpuPercent, cpuSeconds, memoryBytes: 4096 }]]);
const percentOf = ({ usages }: { readonly usages: Usages }): number | undefined =>
  usages.get("web:web")?.cpuPercent;

test("the first look has the CPU that the daemon tells, later ones that of the time between", () => {
  const first = nextSample(null, 1000, usage(10));
  assert.equal(percentOf(first), 1);
  assert.equal(percentOf(nextSample(first, 3000, usage(11))), 50);
});

test("another process, less time than before, and a daemon that does not tell", () => {
  const first = nextSample(null, 1000, usage(10));
  assert.equal(percentOf(nextSample(first, 3000, usage(11, 8))), 1);
  assert.equal(percentOf(nextSample(first, 3000, usage(9))), 0);
  assert.equal(percentOf(nextSample(first, 3000, usage(-1))), 1);
});

test("an answer that repeats the one before counts when it comes twice", () => {
  const first = nextSample(null, 1000, usage(10));
  const second = nextSample(first, 3000, usage(11));
  const third = nextSample(second, 5000, usage(11));
  assert.equal(percentOf(third), 50);
  assert.equal(percentOf(nextSample(third, 7000, usage(11))), 0);
  assert.equal(percentOf(nextSample(third, 7000, usage(13))), 50);
});
