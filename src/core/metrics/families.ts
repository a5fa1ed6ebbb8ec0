// The metrics: name, type and meaning of each, and how its values follow from the facts. docs/metrics.md lists them.

import { SECOND } from "../base/time.ts";
import type { PoolCounts } from "../events/model.ts";
import {
  PROCESS_STATE_CODES,
  type ProcessStateName,
  SUPERVISOR_STATE_CODES,
  type SupervisorStateName,
} from "../process/model.ts";
import type { LimitCounts } from "../process/reached-limits.ts";
import type { RunLog } from "../process/runs.ts";
import { CALL_BOUNDS, type CallTimes } from "./call-times.ts";
import {
  endText,
  type Family,
  type Format,
  headText,
  labelsText,
  type Sample,
  sampleText,
} from "./exposition.ts";

/** The facts about a program. */
export interface ProgramMetrics extends Pick<RunLog, "exits" | "starts"> {
  /** Its labels. */
  readonly labels: string;
  readonly state: ProcessStateName;
  /** Of the last run; -1 when a signal ended it. */
  readonly exitStatus: number;
  /** Seconds since 1970 of the last start. */
  readonly start: number;
  readonly isReady: boolean;
  /** Null without health_check, and while it is unknown. */
  readonly isHealthy: boolean | null;
  /** Null if it does not run, or the host does not tell. */
  readonly usage: { readonly cpuMs: number; readonly memoryBytes: number } | null;
  /** Bytes of output; null for output that goes nowhere. */
  readonly output: Readonly<Record<"stdout" | "stderr", number | null>>;
  /** The limits of its cgroup: those that it has, each reached so often by all runs, and `oom_kill` with memory_max. */
  readonly limits: LimitCounts;
  /** Bytes of output that were dropped, by the log or the option that had no room for them. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Bytes of output that are lost in the present outage of its log. */
  readonly lostBytes: number;
}

interface PoolMetrics extends PoolCounts {
  readonly name: string;
  /** Events in its buffer, and how many fit. */
  readonly waiting: number;
  readonly capacity: number;
}

/** What became of the alerts of a receiver. */
interface ReceiverMetrics {
  readonly name: string;
  readonly counts: { readonly sent: number; readonly failed: number; readonly dropped: number };
}

/** The facts about the daemon. */
export interface DaemonMetrics {
  readonly version: string;
  readonly state: SupervisorStateName;
  /** Milliseconds since 1970. */
  readonly startWall: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly pools: readonly PoolMetrics[];
  readonly receivers: readonly ReceiverMetrics[];
  readonly calls: ReadonlyMap<string, CallTimes>;
}

interface FamilyOf<T> extends Family {
  samples(of: T): readonly Sample[];
}

const gauge = <T>(name: string, help: string, samples: FamilyOf<T>["samples"]): FamilyOf<T> => ({
  ...{ name, type: "gauge", help, samples },
});
const counter = <T>(name: string, help: string, samples: FamilyOf<T>["samples"]): FamilyOf<T> => ({
  ...{ name, type: "counter", help, samples },
});

/** The value of a program; none for null. */
const ofProgram =
  (value: (program: ProgramMetrics) => number | null) =>
  (program: ProgramMetrics): readonly Sample[] => {
    const known = value(program);
    return known === null ? [] : [{ labels: program.labels, value: known }];
  };

/** The values of a program that a label tells apart. */
const byLabel =
  (label: string, values: (program: ProgramMetrics) => Readonly<Record<string, number | null>>) =>
  (program: ProgramMetrics): readonly Sample[] =>
    Object.entries(values(program)).flatMap(([word, value]) =>
      value === null
        ? []
        : [{ labels: `${program.labels},${labelsText({ [label]: word })}`, value }],
    );

const HAS_PROCESS: readonly ProcessStateName[] = ["STARTING", "RUNNING", "STOPPING"];

/** Those that node_exporter's collector `supervisord` has come first, with its names and labels. */
export const PROGRAM_FAMILIES: readonly FamilyOf<ProgramMetrics>[] = [
  gauge(
    "node_supervisord_up",
    "Whether the program is RUNNING, STARTING or STOPPING.",
    ofProgram(({ state }) => (HAS_PROCESS.includes(state) ? 1 : 0)),
  ),
  gauge(
    "node_supervisord_state",
    "State: 0 STOPPED, 10 STARTING, 20 RUNNING, 30 BACKOFF, 40 STOPPING, 100 EXITED, 200 FATAL, 1000 UNKNOWN.",
    ofProgram(({ state }) => PROCESS_STATE_CODES[state]),
  ),
  gauge(
    "node_supervisord_exit_status",
    "Exit status of the last run, -1 after a signal.",
    ofProgram(({ exitStatus }) => exitStatus),
  ),
  gauge(
    "node_supervisord_start_time_seconds",
    "Start of the program in seconds since 1970.",
    ofProgram(({ state, start }) => (HAS_PROCESS.includes(state) ? start : null)),
  ),
  gauge(
    "tsv_program_ready",
    "0 if the program should be up and is not, or is unhealthy; otherwise 1.",
    ofProgram(({ isReady }) => Number(isReady)),
  ),
  gauge(
    "tsv_program_healthy",
    "Result of health_check: 1 healthy, 0 unhealthy.",
    ofProgram(({ isHealthy }) => (isHealthy === null ? null : Number(isHealthy))),
  ),
  counter(
    "tsv_program_starts",
    "Starts that were tried, by cause.",
    byLabel("cause", ({ starts }) => starts),
  ),
  counter(
    "tsv_program_exits",
    "Ends of runs, by reason.",
    byLabel("reason", ({ exits }) => exits),
  ),
  counter(
    "tsv_program_cpu_seconds",
    "Processor time of the present run with all its processes.",
    ofProgram(({ usage }) => (usage === null ? null : usage.cpuMs / SECOND)),
  ),
  gauge(
    "tsv_program_memory_bytes",
    "Resident memory of all its processes; shared pages count for each.",
    ofProgram(({ usage }) => (usage === null ? null : usage.memoryBytes)),
  ),
  counter(
    "tsv_program_limit_reached",
    "How often the kernel has held it to a limit of its cgroup, by limit.",
    byLabel("limit", ({ limits: { oom_kill, ...limits } }) => limits),
  ),
  counter(
    "tsv_program_oom_kills",
    "Processes of it that the kernel has killed because of memory_max.",
    ofProgram(({ limits }) => limits["oom_kill"] ?? null),
  ),
  counter(
    "tsv_program_output_bytes",
    "Output of the program, by channel.",
    byLabel("channel", ({ output }) => output),
  ),
  counter(
    "tsv_program_output_dropped_bytes",
    "Output that was dropped: by its log, the journal or syslog, or by log_rate_limit.",
    byLabel("reason", ({ dropped }) => dropped),
  ),
  gauge(
    "tsv_program_output_lost_bytes",
    "Output that is lost because its log cannot be written at present.",
    ofProgram(({ lostBytes }) => lostBytes),
  ),
];

/** The values of all pools, or of all methods. */
const ofPools =
  (value: (pool: PoolMetrics) => number) =>
  ({ pools }: DaemonMetrics): readonly Sample[] =>
    pools.map((pool) => ({ labels: labelsText({ pool: pool.name }), value: value(pool) }));

const ofReceivers =
  (value: (counts: ReceiverMetrics["counts"]) => number) =>
  ({ receivers }: DaemonMetrics): readonly Sample[] =>
    receivers.map(({ name, counts }) => ({
      labels: labelsText({ receiver: name }),
      value: value(counts),
    }));

/** The samples of a histogram: each range includes the shorter ones. */
function ofTimes(method: string, { counts, ms }: CallTimes): readonly Sample[] {
  const labels = labelsText({ method });
  let count = 0;
  const buckets = counts.map((calls, range): Sample => {
    count += calls;
    const le = labelsText({ le: String(CALL_BOUNDS[range] ?? "+Inf") });
    return { labels: `${labels},${le}`, suffix: "_bucket", value: count };
  });
  return [
    ...buckets,
    { labels, suffix: "_sum", value: ms / SECOND },
    { labels, suffix: "_count", value: count },
  ];
}

export const DAEMON_FAMILIES: readonly FamilyOf<DaemonMetrics>[] = [
  gauge("tsv_build_info", "Version of tsv.", ({ version }) => [
    { labels: labelsText({ version }), value: 1 },
  ]),
  gauge("tsv_daemon_state", "State: 1 RUNNING, 0 RESTARTING, -1 SHUTDOWN.", ({ state }) => [
    { labels: "", value: SUPERVISOR_STATE_CODES[state] },
  ]),
  gauge(
    "process_start_time_seconds",
    "Start of the daemon, or its last upgrade, in seconds since 1970.",
    ({ startWall }) => [{ labels: "", value: startWall / SECOND }],
  ),
  counter("process_cpu_seconds", "Processor time of the daemon.", ({ cpuMs }) => [
    { labels: "", value: cpuMs / SECOND },
  ]),
  gauge("process_resident_memory_bytes", "Resident memory of the daemon.", (daemon) => [
    { labels: "", value: daemon.residentBytes },
  ]),
  counter(
    "tsv_alerts_sent",
    "Messages that a receiver of alerts got.",
    ofReceivers(({ sent }) => sent),
  ),
  counter(
    "tsv_alerts_failed",
    "Messages to a receiver of alerts that failed; they are sent again.",
    ofReceivers(({ failed }) => failed),
  ),
  counter(
    "tsv_alerts_dropped",
    "Alerts that were forgotten because too many waited.",
    ofReceivers(({ dropped }) => dropped),
  ),
  counter(
    "tsv_event_pool_accepted",
    "Events that the pool of event listeners accepted.",
    ofPools(({ accepted }) => accepted),
  ),
  counter(
    "tsv_event_pool_processed",
    "Events that its listeners processed.",
    ofPools(({ processed }) => processed),
  ),
  counter(
    "tsv_event_pool_rejected",
    "Events that a listener did not process and that were sent again.",
    ofPools(({ rejected }) => rejected),
  ),
  counter(
    "tsv_event_pool_dropped",
    "Events that were lost because the buffer was full.",
    ofPools(({ dropped }) => dropped),
  ),
  gauge(
    "tsv_event_pool_waiting",
    "Events in the buffer of the pool.",
    ofPools(({ waiting }) => waiting),
  ),
  gauge(
    "tsv_event_pool_capacity",
    "Events that fit into the buffer of the pool.",
    ofPools(({ capacity }) => capacity),
  ),
  {
    name: "tsv_rpc_duration_seconds",
    type: "histogram",
    help: "Time from a call to its answer, by method.",
    samples: ({ calls }) => Array.from(calls, ([method, times]) => ofTimes(method, times)).flat(),
  },
  counter("tsv_rpc_faults", "Calls that were answered with a fault, by method.", ({ calls }) =>
    Array.from(calls, ([method, { faults }]) => ({
      ...{ labels: labelsText({ method }), value: faults },
    })),
  ),
];

/** Programs whose samples are one part of the text. */
const A_PART = 50;

/** The text in parts, each of which takes a fraction of a millisecond. A family without samples is left out. */
export function* metricsText(
  programs: readonly ProgramMetrics[],
  daemon: DaemonMetrics,
  format: Format,
): Generator<string> {
  for (const family of PROGRAM_FAMILIES) {
    let head = headText(family, format);
    for (let at = 0; at < programs.length; at += A_PART) {
      const samples = programs.slice(at, at + A_PART).flatMap((each) => family.samples(each));
      if (samples.length === 0) continue;
      yield head + samples.map((sample) => sampleText(family, sample)).join("");
      head = "";
    }
  }
  for (const family of DAEMON_FAMILIES) {
    const samples = family.samples(daemon).map((sample) => sampleText(family, sample));
    if (samples.length > 0) yield headText(family, format) + samples.join("");
  }
  yield endText(format);
}
