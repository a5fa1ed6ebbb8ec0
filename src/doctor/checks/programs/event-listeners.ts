// PROG-015: an event listener violates the protocol.

import { printable } from "../../../core/base/printable.ts";
import { readConfig } from "../../facts/access.ts";
import { lastLines } from "../../facts/logs.ts";
import type { Situation } from "../../facts/situation.ts";
import { statusTable } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import {
  changeOptions,
  describeChanges,
  optionPlace,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";

export const LISTENER_UNKNOWN = check(
  "programs",
  "PROG-015",
  "event listener out of step",
  (situation, probe) => {
    const statuses = statusTable(situation);
    return (situation.pools ?? []).flatMap(({ name: pool, listeners }) =>
      listeners
        .filter(({ state }) => state === "UNKNOWN")
        .map(({ name }): Finding => {
          const status = statuses.get(name);
          const log = status?.stdoutLog ?? "";
          return finding("error", name, {
            symptom: `${name} has entered the UNKNOWN state and will no longer receive events`,
            cause: "Its standard output contains text that is not part of the protocol.",
            evidence: (lastLines(log, 3, probe) ?? []).map((line) => `${printable(log)}: ${line}`),
            place: optionPlace(situation.config, `eventlistener:${pool}`, "command"),
            repair: byHand("Make it write to standard error instead, and restart it", [
              tsvCommand(["restart", name], situation),
            ]),
          });
        }),
    );
  },
);

// PROG-016: events were lost because event listeners are too slow.

/** Doctor does not offer more than this, because the daemon keeps the events in memory. */
const LARGEST = 10_000;

export const EVENTS_DROPPED = check(
  "programs",
  "PROG-016",
  "events were lost",
  (situation, probe) => {
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
        finding("warning", name, {
          symptom: `pool ${name} lost ${dropped} event${dropped === 1 ? "" : "s"}`,
          cause: "Its buffer was full when they occurred.",
          evidence: [
            `buffer_size=${bufferSize}, ${waiting} of it in use now`,
            `listeners: ${listeners.map((one) => one.state).join(", ") || "none"}`,
          ],
          place: optionPlace(situation.config, section, "buffer_size"),
          repair:
            steps === null ? byHand(advice, commands) : { class: "B", advice, commands, steps },
        }),
      ];
    });
  },
);

/** Whether the configuration has a larger buffer already, which the daemon has not read yet. */
function isRaised(pool: string, bufferSize: number, situation: Situation): boolean {
  const group = readConfig(situation)?.groups.find(({ name }) => name === pool);
  const written = writtenValue(situation.config, `eventlistener:${pool}`, "buffer_size");
  const size = group?.kind === "eventlistener" ? group.bufferSize : Number(written ?? 0);
  return size > bufferSize;
}
