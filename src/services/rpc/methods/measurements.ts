// tsv.getHistory: CPU and memory of programs over time, with what happened to them meanwhile.

import type { Shape } from "../../../core/api/signature.ts";
import type { ProcessKey } from "../../../core/base/ids.ts";
import { err, ok } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import { eventFields, processOf } from "../../../core/event-log/event-log.ts";
import type { HistoryRange, HistorySeries } from "../../../core/history/history.ts";
import { encodeRuns, recordedRun } from "../../../core/why/program-history.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { double, type XmlRpcDouble, type XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type { EventReader } from "../../event-log/api.ts";
import { type Method, method } from "../method.ts";
import { processesOf } from "../namespec.ts";
import { integer, natural, optionalText } from "../params.ts";
import { EVENT, RUN } from "../shapes.ts";

/** Values of one kind in an answer. A thousand programs have a hundred each. */
const MOST_VALUES = 100_000;
const MOST_POINTS = 10_000;
/** Bytes of an answer for a point, and for a program beside them. */
const POINT_BYTES = 30;
const PROGRAM_BYTES = 4000;
/** More than the event log keeps. */
const ALL_EVENTS = 100_000;
/** Stands for a gap: XML-RPC has no null. */
const GAP = -1;

const SERIES = {
  ...{ group: "string", name: "string", from: "double", step: "int" },
  ...{ cpu: ["double"], cpu_max: ["double"], memory_max: ["double"], runs: [RUN], events: [EVENT] },
  ...{ starts: ["int"], starts_from: "double", starts_step: "int" },
} as const satisfies Shape;

export const MEASUREMENT_METHODS: readonly Method[] = [
  method(
    "getHistory",
    [natural("from"), natural("to"), integer("points"), optionalText("name")],
    [SERIES],
    "read",
    {
      help:
        "CPU and memory of a process, of group:*, or of all, from one time to another (seconds since 1970; 0 for now, or for the " +
        "oldest there is), with what happened meanwhile. A day is kept in steps of 10 seconds, and a month in steps of 10 minutes. " +
        "points: how many values a chart has room for, from 2 on; times the number of processes at most 100000. One struct for each process: " +
        "group, name, from (of the first value, in seconds since 1970, a double), step (seconds), cpu and cpu_max (the mean and the largest percentage of one " +
        "processor in each step), memory_max (bytes), all doubles, -1 where nothing was measured; starts (how often it was started, of at most 15 in ten " +
        "minutes), in steps of their own from starts_from on: starts_step is at least 600; runs " +
        "that have ended then (of the last ten, as in tsv.getProcessHistory), and events (of those that tsv.getEvents still has). " +
        "Faults: BAD_NAME, BAD_ARGUMENTS, FAILED when history=off.",
      always: true,
      async run({ supervisor, eventLog, history, now }, [from, to, points, name], work) {
        const processes = processesOf(supervisor, name);
        if (!processes.ok) return processes;
        if (history === null) return err(fault("FAILED", OFF));
        const range = { from: from * SECOND, to: to === 0 ? now().wall : to * SECOND, points };
        const problem = problemOf(range, processes.value.length);
        if (problem !== null) return err(fault("BAD_ARGUMENTS", problem));
        const bytes = processes.value.length * (points * POINT_BYTES + PROGRAM_BYTES);
        const refused = await work.reserve(bytes);
        if (refused !== null) return err(refused);
        const events = eventsByProcess(eventLog, range);
        const structs: XmlRpcStruct[] = [];
        for (const { key, group, config } of processes.value) {
          const pause = work.pause();
          if (pause !== null) await pause;
          const series = history.query(key, range);
          const ended = supervisor.report(key)?.runs.ended ?? [];
          structs.push({
            ...{ group, name: config.name, ...seriesFields(series) },
            runs: encodeRuns(
              ended
                .filter(({ endWall }) => endWall >= range.from && endWall <= range.to)
                .map(recordedRun),
            ),
            events: events.get(key) ?? [],
          });
        }
        return ok(structs);
      },
    },
  ),
];

const OFF = "no history is kept: set history=memory in [supervisord], and reload the daemon";

function problemOf({ from, to, points }: HistoryRange, processes: number): string | null {
  if (from >= to) return "from must be earlier than to";
  if (points < 2 || points > MOST_POINTS) return `points must be 2 to ${MOST_POINTS}`;
  const most = Math.floor(MOST_VALUES / Math.max(1, processes));
  return points > most ? `points must be at most ${most} for ${processes} processes` : null;
}

function eventsByProcess(
  eventLog: EventReader,
  { from, to }: HistoryRange,
): ReadonlyMap<ProcessKey, readonly XmlRpcStruct[]> {
  const all = new Map<ProcessKey, XmlRpcStruct[]>();
  for (const event of eventLog.after(null, ALL_EVENTS).events) {
    const key = processOf(event);
    if (key === null || event.at < from || event.at > to) continue;
    const { seq, at_ms: at, ...fields } = eventFields(event);
    const struct = { ...fields, seq: Number(seq), at_ms: double(Number(at)) };
    const known = all.get(key);
    if (known === undefined) all.set(key, [struct]);
    else known.push(struct);
  }
  return all;
}

function seriesFields(series: HistorySeries | null): XmlRpcStruct {
  if (series === null) {
    const none = { from: double(0), step: 0, cpu: [], cpu_max: [], memory_max: [] };
    return { ...none, starts: [], starts_from: double(0), starts_step: 0 };
  }
  return {
    from: double(Math.round(series.from) / SECOND),
    step: series.step / SECOND,
    cpu: valuesOf(series.cpuMean, 100),
    cpu_max: valuesOf(series.cpuMax, 100),
    memory_max: valuesOf(series.memoryMax, 1),
    starts: series.starts.counts.map((count) => count ?? GAP),
    starts_from: double(Math.round(series.starts.from) / SECOND),
    starts_step: series.starts.step / SECOND,
  };
}

/** @param parts of a unit that are told */
function valuesOf(values: readonly (number | null)[], parts: number): readonly XmlRpcDouble[] {
  return values.map((value) => double(value === null ? GAP : Math.round(value * parts) / parts));
}
