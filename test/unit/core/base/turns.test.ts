// All requests together take a few milliseconds of each turn.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTurns, TURN_MS } from "../../../../src/core/base/turns.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function rig() {
  const deferred: (() => void)[] = [];
  let ms = 0;
  const turns = createTurns({ now: () => ms, defer: (run) => deferred.push(run) });
  return {
    turns,
    pass: (milliseconds: number) => {
      ms += milliseconds;
    },
    now: () => ms,
    /** The next turn of the event loop, with all that follows from it. */
    async turn(): Promise<boolean> {
      const run = deferred.shift();
      run?.();
      await settled();
      return run !== undefined;
    },
  };
}

describe("turns", () => {
  it("run work until the time of the turn is used up, and continue in the next", async () => {
    const { turns, pass, turn } = rig();
    assert.equal(turns.pause(), null);
    pass(TURN_MS - 1);
    assert.equal(turns.pause(), null);
    pass(1);
    let isOn = false;
    const waited = turns.pause()?.then(() => {
      isOn = true;
    });
    await settled();
    assert.equal(isOn, false);
    await turn();
    await waited;
    assert.equal(turns.pause(), null);
  });

  it("never take more time, however many there are, and are served in order (requests-in-turns)", async () => {
    const { turns, pass, turn, now } = rig();
    const done: string[] = [];
    const work = async (name: string, steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) {
        pass(1);
        const pause = turns.pause();
        if (pause !== null) await pause;
      }
      done.push(name);
    };
    for (let i = 0; i < 20; i++) void work("large", 50);
    await settled();
    for (let i = 0; i < 3; i++) void work("small", 1);
    let before = now();
    const spent: number[] = [];
    while (await turn()) {
      spent.push(now() - before);
      before = now();
    }
    assert.ok(Math.max(...spent.slice(1)) <= TURN_MS + 1, `${Math.max(...spent)} ms in one turn`);
    assert.deepEqual(done.slice(0, 3), ["small", "small", "small"]);
    assert.equal(done.length, 23);
  });
});
