// Events of a device whose hub is away for long: none arrives twice or out of order, and those that are missing are counted.

import assert from "node:assert/strict";
import { withoutNats } from "../rig/nats-server.ts";
import { Fleet } from "./rig/fleet-device.ts";
import { e2e } from "./rig/rig.ts";

const MANY = `
[program:many]
command=sleep 1000
process_name=%(process_num)s
numprocs=100
startsecs=0
`;
const ROUNDS = 20;

e2e(
  "ten thousand events without a hub become a gap with their number",
  withoutNats(),
  async (rig) => {
    const fleet = await Fleet.start(rig);
    try {
      const { sections } = await fleet.device("pi");
      const daemon = await rig.startWith(sections + MANY);
      await fleet.eventsUntil("pi", "the first event", (events) => events.length > 0);
      await fleet.hub.kill();
      for (let round = 0; round < ROUNDS; round++) {
        await daemon.ask("stopProcessGroup", "many");
        await daemon.ask("startProcessGroup", "many");
      }
      await fleet.restart();
      const events = await fleet.eventsUntil("pi", "a gap, and events after it", (seen) => {
        return seen.at(-1)?.seq !== undefined && seen.some(({ kind }) => kind === "gap");
      });
      let expected: number | null = null;
      let missed = 0;
      for (const { kind, seq, missed: count } of events) {
        if (kind === "gap") {
          assert.ok(typeof count === "number" && count > 0);
          missed += count;
          if (expected !== null) expected += count;
        } else if (seq !== undefined) {
          assert.equal(seq, expected ?? seq);
          expected = seq + 1;
        }
      }
      assert.ok(missed > ROUNDS * 100, `${missed} events are missing`);
      assert.equal(events.filter(({ kind }) => kind === "gap").length, 1);
    } finally {
      await fleet.end();
    }
  },
);
