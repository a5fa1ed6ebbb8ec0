// All requests together take a few milliseconds of each turn.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inTurns, TURN_MS, TurnSharing } from "../../../../src/core/base/turns.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function rig() {
  const deferred: (() => void)[] = [];
  let ms = 0;
  const sharing = new TurnSharing({ now: () => ms, defer: (run) => deferred.push(run) });
  return {
    sharing,
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

describe("TurnSharing", () => {
  it("runs work until the time of the turn is used up, and continues in the next", async () => {
    const { sharing, pass, turn } = rig();
    const work = sharing.start();
    assert.equal(work.pause(), null);
    pass(TURN_MS - 1);
    assert.equal(work.pause(), null);
    pass(1);
    let isOn = false;
    const waited = work.pause()?.then(() => {
      isOn = true;
    });
    await settled();
    assert.equal(isOn, false);
    await turn();
    await waited;
    assert.equal(work.pause(), null);
  });

  it("never does more in a turn, however many there are, and is fair (requests-in-turns)", async () => {
    const { sharing, pass, turn, now } = rig();
    const done: string[] = [];
    function* steps(name: string, count: number): Generator<void, void, void> {
      for (let i = 0; i < count; i++) {
        pass(1);
        yield;
      }
      done.push(name);
    }
    for (let i = 0; i < 20; i++) void inTurns(steps(`large ${i}`, 50), sharing.start());
    await settled();
    for (let i = 0; i < 3; i++) {
      const turns = sharing.start();
      void (async () => {
        const pause = turns.pause();
        if (pause !== null) await pause;
        await inTurns(steps(`small ${i}`, 1), turns);
      })();
    }
    let before = now();
    const spent: number[] = [];
    while (await turn()) {
      spent.push(now() - before);
      before = now();
    }
    assert.ok(Math.max(...spent) <= TURN_MS + 1, `${Math.max(...spent)} ms in one turn`);
    assert.equal(done.length, 23);
    // The small ones did not wait for the large ones.
    assert.deepEqual(
      done.slice(0, 3).map((name) => name.split(" ")[0]),
      Array(3).fill("small"),
    );
  });

  it("also serves the longest waiting, however many new ones arrive", async () => {
    const { sharing, pass, turn } = rig();
    const old = sharing.start();
    assert.equal(old.pause(), null);
    pass(TURN_MS);
    const first = old.pause();
    await turn();
    await first;
    pass(TURN_MS);
    let isOn = false;
    void old.pause()?.then(() => {
      isOn = true;
    });
    let turns = 0;
    for (; !isOn && turns < 100; turns++) {
      void sharing.start().pause();
      await turn();
      pass(TURN_MS);
    }
    assert.ok(turns < 20, `${turns} turns`);
  });
});
