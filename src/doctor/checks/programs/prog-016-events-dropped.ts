// PROG-016: events were lost because event listeners are too slow.

import { readConfig } from "../../facts/daemon-account.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import {
  changeOptions,
  describeChanges,
  optionPlace,
  writtenValue,
} from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** Doctor does not offer more than this, because the daemon keeps the events in memory. */
const LARGEST = 10_000;

export const EVENTS_DROPPED = defineCheck({
  code: "PROG-016",
  area: "programs",
  title: "events were lost",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`pool mail event buffer overflowed, discarding event 812`, and a listener does not receive some events.",
    cause:
      "Events wait in the buffer of their pool until a listener is ready for them. The buffer is full, because the listeners are too slow, hang, or do not run. The default of `buffer_size` is 10.",
    repair:
      "For bursts, raise `buffer_size=`; doctor offers ten times the current size. If a listener is always too slow, run more processes of it (`numprocs=`), or subscribe to fewer event types in `events=`.",
  },
  look(situation, probe) {
    return (situation.pools ?? []).flatMap((pool): readonly Finding[] => {
      const { name, dropped, bufferSize, waiting, listeners } = pool;
      if (dropped === 0 || isRaised(name, bufferSize, situation)) return [];
      const section = `eventlistener:${name}`;
      const value = String(Math.min(LARGEST, bufferSize * 10));
      const changes = [{ section, key: "buffer_size", value }];
      const isLarge = bufferSize >= LARGEST;
      const steps = isLarge ? null : changeOptions(situation.config, changes, probe);
      const advice = isLarge
        ? "Make the listener faster, run more processes of it (numprocs=), or subscribe to fewer events"
        : "Raise buffer_size, or make the listener faster";
      const commands = isLarge ? [] : describeChanges(situation.config, changes);
      return [
        {
          severity: "warning",
          subject: name,
          symptom: `pool ${name} lost ${dropped} event${dropped === 1 ? "" : "s"}`,
          cause: "Its buffer was full when they occurred.",
          evidence: [
            `buffer_size=${bufferSize}, ${waiting} of it in use now`,
            `listeners: ${listeners.map((one) => one.state).join(", ") || "none"}`,
          ],
          place: optionPlace(situation.config, section, "buffer_size"),
          repair:
            steps === null ? byHand(advice, commands) : { class: "B", advice, commands, steps },
        },
      ];
    });
  },
});

/** Whether the configuration has a larger buffer already, which the daemon has not read yet. */
function isRaised(pool: string, bufferSize: number, situation: Situation): boolean {
  const group = readConfig(situation)?.groups.find(({ name }) => name === pool);
  const written = writtenValue(situation.config, `eventlistener:${pool}`, "buffer_size");
  const size = group?.kind === "eventlistener" ? group.bufferSize : Number(written ?? 0);
  return size > bufferSize;
}
