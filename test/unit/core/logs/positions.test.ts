// Offsets of reading and tailing, against Supervisor's own functions written down as a table of their results.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readRange, tailRange } from "../../../../src/core/logs/positions.ts";

const READS: readonly [
  size: number,
  offset: number,
  length: number,
  expected: [number, number] | null,
][] = [
  [10, 0, 0, [0, 10]],
  [10, -0, 0, [0, 10]],
  [10, 4, 0, [4, 6]],
  [10, 4, 3, [4, 3]],
  [10, 4, 30, [4, 6]],
  [10, 40, 3, [40, 0]],
  [10, -4, 0, [6, 4]],
  [10, -40, 0, [0, 10]],
  [10, -4, 1, null],
  [10, -4, -1, null],
  [10, 0, -1, null],
];

for (const [size, offset, length, expected] of READS) {
  test(`reading ${length} bytes from ${offset} of ${size} gives ${JSON.stringify(expected)}`, () => {
    const range = readRange(size, offset, length);
    assert.deepEqual(range === null ? null : [range.start, range.length], expected);
  });
}

const TAILS: readonly [number, number, number, start: number, length: number, overflow: boolean][] =
  [
    [6, 3, 10, 0, 6, false],
    [0, 0, 10, 0, 0, false],
    [100, 0, 10, 90, 10, true],
    [100, 95, 5, 95, 5, false],
    [100, 100, 5, 95, 0, false],
    [100, 98, 5, 95, 5, false],
    [100, 0, 0, 99, 0, true],
  ];

for (const [size, offset, length, start, expected, overflow] of TAILS) {
  test(`tailing ${length} bytes at ${offset} of ${size} gives ${expected} bytes from ${start}`, () => {
    const range = tailRange(size, offset, length);
    assert.equal(range.length, expected);
    if (expected > 0) assert.equal(range.start, start);
    assert.equal(range.overflow, overflow);
    assert.equal(range.nextOffset, size);
  });
}
