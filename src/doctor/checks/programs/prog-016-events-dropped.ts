// PROG-016: events that were lost because listeners are too slow.

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

/** Doctor does not offer more than this: the daemon keeps them all in memory. */
const LARGEST = 10_000;

export const EVENTS_DROPPED = defineCheck({
  code: "PROG-016",
  area: "programs",
  title: "events were lost",
  page: {
    symptom:
      "`pool mail event buffer overflowed, discarding event 812`, and a listener never hears of some events.",
    cause:
      "Events wait in the buffer of their pool until a listener is ready for them. The buffer is full: the listeners are slower than the events come, hang, or are not running. `buffer_size` is 10 unless it is set.",
    repair:
      "Raise `buffer_size=` for bursts; doctor offers ten times as many. A listener that is always too slow needs help: more processes of it (`numprocs=`), or fewer event types in `events=`.",
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
        ? "Make the listener faster, run more of it (numprocs=), or name fewer events"
        : "Raise buffer_size, or make the listener faster";
      const commands = isLarge ? [] : describeChanges(situation.config, changes);
      return [
        {
          severity: "warning",
          subject: name,
          symptom: `pool ${name} lost ${dropped} event${dropped === 1 ? "" : "s"}`,
          cause: "Its buffer was full when they came.",
          evidence: [
            `buffer_size=${bufferSize}, of which ${waiting} wait now`,
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

/** The configuration has a larger buffer already, which the daemon does not know yet; also one with mistakes elsewhere. */
function isRaised(pool: string, bufferSize: number, situation: Situation): boolean {
  const group = readConfig(situation)?.groups.find(({ name }) => name === pool);
  const written = writtenValue(situation.config, `eventlistener:${pool}`, "buffer_size");
  const size = group?.kind === "eventlistener" ? group.bufferSize : Number(written ?? 0);
  return size > bufferSize;
}
