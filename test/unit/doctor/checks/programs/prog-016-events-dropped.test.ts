// PROG-016 on hosts in memory: events that were lost.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EVENTS_DROPPED } from "../../../../../src/doctor/checks/programs/event-listeners.ts";
import { host, look, one, POOL, pool, written } from "./rig.ts";

describe("PROG-016", () => {
  test("lost events are counted, and a larger buffer offered", () => {
    const finding = one(look(EVENTS_DROPPED, host(), POOL, pool({ dropped: 3 })));
    assert.equal(finding.symptom, "pool mail lost 3 events");
    assert.match(written(finding), /^buffer_size=100$/m);
  });

  test("a buffer that is large already is not made larger", () => {
    const full = pool({ dropped: 3, bufferSize: 10_000 });
    const { repair } = one(look(EVENTS_DROPPED, host(), POOL, full));
    assert.deepEqual([repair.class, repair.commands], ["C", []]);
    assert.deepEqual(look(EVENTS_DROPPED, host(), POOL, pool()), []);
  });

  test("a buffer that the configuration has raised already is a matter of update", () => {
    assert.deepEqual(
      look(EVENTS_DROPPED, host(), `${POOL}buffer_size=100\n`, pool({ dropped: 3 })),
      [],
    );
    const mistaken = `${POOL}buffer_size=100\n[program:a]\n`;
    assert.deepEqual(look(EVENTS_DROPPED, host(), mistaken, pool({ dropped: 3 })), []);
  });
});
