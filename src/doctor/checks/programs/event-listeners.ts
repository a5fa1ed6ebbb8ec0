// Event listeners: one that violates the protocol (PROG-015), and events that were lost (PROG-016).

import { printable } from "../../../core/base/printable.ts";
import { readConfig } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { lastLines } from "../../facts/logs.ts";
import { statusTable } from "../../facts/supervised.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import { optionPlace, writtenValue } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";

export const LISTENER_UNKNOWN = check("PROG-015", "event listener out of step", (facts) => {
  const statuses = statusTable(facts);
  return (facts.pools ?? []).map(({ name: pool, listeners }) =>
    listeners.map(({ name, state }) => {
      if (state !== "UNKNOWN") return null;
      const log = statuses.get(name)?.stdoutLog ?? "";
      return finding("error", name, {
        symptom: `${name} has entered the UNKNOWN state and will no longer receive events`,
        cause: "Its standard output contains text that is not part of the protocol.",
        evidence: (lastLines(log, 3, facts.probe) ?? []).map(
          (line) => `${printable(log)}: ${line}`,
        ),
        place: optionPlace(facts.config, `eventlistener:${pool}`, "command"),
        repair: byHand("Make it write to standard error instead, and restart it", [
          tsvCommand(["restart", name], facts),
        ]),
      });
    }),
  );
});

/** Doctor does not offer more than this, because the daemon keeps the events in memory. */
const LARGEST = 10_000;

export const EVENTS_DROPPED = check("PROG-016", "events were lost", (facts) =>
  (facts.pools ?? []).map(({ name, dropped, bufferSize, waiting, listeners }) => {
    if (dropped === 0 || isRaised(name, bufferSize, facts)) return null;
    const section = `eventlistener:${name}`;
    const value = String(Math.min(LARGEST, bufferSize * 10));
    const change = { section, key: "buffer_size", value };
    return finding("warning", name, {
      symptom: `pool ${name} lost ${dropped} event${dropped === 1 ? "" : "s"}`,
      cause: "Its buffer was full when they occurred.",
      evidence: [
        `buffer_size=${bufferSize}, ${waiting} of it in use now`,
        `listeners: ${listeners.map((one) => one.state).join(", ") || "none"}`,
      ],
      place: optionPlace(facts.config, section, "buffer_size"),
      repair:
        bufferSize >= LARGEST
          ? byHand(
              "Make the listener faster, run more processes of it (numprocs=), or subscribe to fewer events",
            )
          : repair(
              "Raise buffer_size, or make the listener faster",
              fix.options(facts.config, [change], facts.probe),
            ),
    });
  }),
);

/** Whether the configuration has a larger buffer already, which the daemon has not read yet. */
function isRaised(pool: string, bufferSize: number, facts: DoctorFacts): boolean {
  const group = readConfig(facts)?.groups.find(({ name }) => name === pool);
  const written = writtenValue(facts.config, `eventlistener:${pool}`, "buffer_size");
  const size = group?.kind === "eventlistener" ? group.bufferSize : Number(written ?? 0);
  return size > bufferSize;
}
