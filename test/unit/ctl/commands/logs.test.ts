// Several logs become one, by time.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergeByTime } from "../../../../src/ctl/commands/logs.ts";
import { fc } from "../../../property.ts";

interface Line {
  readonly time: number;
  readonly text: string;
}

async function* batches(lines: readonly Line[], size: number): AsyncGenerator<readonly Line[]> {
  yield [];
  for (let at = 0; at < lines.length; at += size) yield lines.slice(at, at + size);
}

async function merged(sources: readonly (readonly Line[])[], size = 2): Promise<readonly Line[]> {
  const all: Line[] = [];
  for await (const { lines } of mergeByTime(sources.map((lines) => batches(lines, size)))) {
    all.push(...lines);
  }
  return all;
}

const at = (time: number, text: string): Line => ({ time, text });

describe("logs that are merged", () => {
  it("keep a line with an earlier time behind the one before it", async () => {
    const a = [at(5, "a5"), at(3, "late")];
    const b = [at(1, "b1"), at(5, "b5"), at(6, "b6")];
    const all = await merged([a, b]);
    assert.deepEqual(
      all.map(({ text }) => text),
      ["b1", "a5", "late", "b5", "b6"],
    );
  });

  it("lose nothing, keep the order of each log, and are sorted where the logs are", async () => {
    const line = fc.record({ time: fc.nat(50), text: fc.string({ maxLength: 2 }) });
    const logs = fc.array(fc.array(line, { maxLength: 20 }), { maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 7 }), async (sources, size) => {
        const all = await merged(sources, size);
        assert.equal(all.length, sources.flat().length);
        for (const source of sources) {
          const own = new Set(source);
          assert.deepEqual(
            all.filter((each) => own.has(each)),
            source,
          );
        }
        const sorted = sources.map((source) => [...source].sort((a, b) => a.time - b.time));
        const times = (await merged(sorted, size)).map(({ time }) => time);
        assert.deepEqual(
          times,
          [...times].sort((a, b) => a - b),
        );
      }),
      { numRuns: 100 },
    );
  });
});
