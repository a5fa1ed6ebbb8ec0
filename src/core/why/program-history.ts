// The history of a program: its state, its recent runs, and the options that explain them. The daemon makes it from its
// report and sends it as the answer of tsv.getProcessHistory.

import { epochSeconds } from "../base/time.ts";
import type { Scale } from "../config/decisions.ts";
import type { ProcessConfig } from "../config/model.ts";
import { CHOICES, type ProgramType } from "../config/value-types.ts";
import type { LogPart } from "../logs/positions.ts";
import { HEALTH_STATES, type HealthReport } from "../process/describe.ts";
import {
  PROCESS_STATE_CODES,
  type ProcessStateName,
  START_CAUSES,
  type StartCause,
} from "../process/model.ts";
import { type EndedRun, RUN_ENDINGS, type RunEnding, type RunLog } from "../process/runs.ts";
import type { ScheduleReport } from "../schedules/schedule.ts";
import {
  int32,
  isStruct,
  numberOf,
  textOf,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "../xmlrpc/value.ts";

/** A completed run. */
export type ProgramRun = Decoded<typeof RUN>;

/** The history of a program as `tsv.getProcessHistory` reports it. */
export type ProgramHistory = Decoded<typeof HISTORY>;

/** What supervision knows about a process. Times are milliseconds since 1970. */
export interface ProcessReport
  extends Pick<
    ProgramHistory,
    | ("group" | "state" | "pid" | "now" | "start" | "spawnError" | "failures" | "nextStart")
    | (
        | "disabled"
        | "scaled"
        | "waits"
        | "awaits"
        | "unready"
        | "said"
        | "blockedBy"
        | "health"
        | "restartReason"
      )
  > {
  readonly config: ProcessConfig;
  /** Until a process that is STOPPING is sent SIGKILL, in milliseconds; null when it is not STOPPING. */
  readonly nextKill: number | null;
  /** null for a program without one. */
  readonly schedule: ScheduleReport | null;
  readonly runs: RunLog;
}

/** @param output of the last run that has ended */
export function historyOf(
  report: ProcessReport,
  output: ProgramHistory["output"] = NO_OUTPUT,
): ProgramHistory {
  const { config, runs, schedule, ...known } = report;
  return {
    ...known,
    name: config.name,
    now: epochSeconds(report.now),
    start: epochSeconds(report.start),
    cause: runs.cause ?? "",
    schedule: schedule?.text ?? "",
    nextRun: epochSeconds(schedule?.next ?? 0),
    isSuspended: schedule?.isSuspended ?? false,
    isQueued: schedule?.isQueued ?? false,
    signals: runs.signals,
    total: runs.total,
    runs: runs.ended.map(recordedRun),
    output,
    type: config.type,
    startSecs: config.startSecs,
    startRetries: config.startRetries,
    isLimited: config.restartLimit !== null,
    stopWaitSecs: config.stopWaitSecs,
    autostart: config.autostart,
    autorestart: config.autorestart,
    exitCodes: config.exitCodes,
  };
}

/** A run of the daemon's record in the form of the descriptions, with seconds since 1970. */
export function recordedRun(run: EndedRun): ProgramRun {
  const { pid, cause, upMs, ending, outcome, expected, signals } = run;
  return {
    pid,
    cause,
    start: epochSeconds(run.startWall),
    end: epochSeconds(run.endWall),
    upMs,
    ending,
    exitStatus: outcome?.exitCode ?? null,
    signal: outcome?.signal ?? null,
    core: outcome?.coreDumped ?? false,
    expected,
    spawnError: run.spawnErr,
    signals,
    reason: run.reason,
    reached: run.reached,
    leftEnded: run.left?.ended ?? 0,
    leftRunning: run.left?.running ?? 0,
  };
}

// The form on the wire. A member that is missing, or of another type, is read as empty.

type Answer = XmlRpcValue | null | undefined;

/** How a field is sent: as one member of a struct or several. */
interface Field<T> {
  write(value: T): XmlRpcStruct;
  read(struct: XmlRpcStruct): T;
}

type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

/** The record whose fields these are. */
type Decoded<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

function member<T>(name: string, write: (value: T) => XmlRpcValue, read: (value: Answer) => T) {
  return {
    write: (value: T) => ({ [name]: write(value) }),
    read: (struct: XmlRpcStruct) => read(struct[name]),
  };
}

const text = (name: string): Field<string> => member(name, String, textOf);
const number = (name: string): Field<number> => member(name, int32, numberOf);
const flag = (name: string): Field<boolean> => member(name, Boolean, (value) => value === true);
const numbers = (name: string): Field<readonly number[]> =>
  member(
    name,
    (values) => values.map(int32),
    (value) => listOf(value).map(numberOf),
  );

/** @param none stands for null, as every smaller number does */
const numberOr = (name: string, none: number): Field<number | null> =>
  member(
    name,
    (value) => int32(value ?? none),
    (value) => (numberOf(value) > none ? numberOf(value) : null),
  );

/** One of some words; `other` for any other. */
function choice<T extends string>(name: string, words: readonly T[], other: T): Field<T> {
  return member<T>(
    name,
    (word) => word,
    (value) => words.find((word) => word === value) ?? other,
  );
}

const REACHED: Field<readonly string[]> = member(
  "reached",
  (reached) => [...reached],
  (value) => listOf(value).filter((each) => typeof each === "string"),
);

/** The member `reached` of an answer. */
export function readReached(struct: XmlRpcStruct): readonly string[] {
  return REACHED.read(struct);
}

const RUN = {
  /** 0 if it could not be spawned. */
  pid: number("pid"),
  cause: choice<StartCause | "">("cause", START_CAUSES, ""),
  /** Seconds since 1970. */
  start: number("start"),
  end: number("end"),
  // 32 bits of milliseconds are only some days.
  upMs: {
    write: (ms: number) => ({ uptime: int32(epochSeconds(ms)), uptime_ms: int32(ms) }),
    read: ({ uptime, uptime_ms }: XmlRpcStruct) =>
      Math.max(numberOf(uptime_ms), numberOf(uptime) * 1000),
  },
  ending: choice<RunEnding>("ending", RUN_ENDINGS, "exited"),
  /** null if a signal ended it, or if it could not be spawned. */
  exitStatus: numberOr("exitstatus", -1),
  signal: numberOr("signal", 0),
  core: flag("core"),
  expected: flag("expected"),
  spawnError: text("spawnerr"),
  /** The signals that the daemon had sent. */
  signals: numbers("signals"),
  /** Why the daemon ended it to restart the program; empty for another end. */
  reason: text("reason"),
  /** The limits of its cgroup that it has reached, a clause each. */
  reached: REACHED,
  /** Processes that it left (kill_mode): how many were killed, and how many were not. */
  leftEnded: number("left_ended"),
  leftRunning: number("left_running"),
};

const PART = /^(-?\d{1,15}) (-?\d{1,15}) (\d{1,15})$/;

/** As text: a log can be larger than a number of XML-RPC. */
const part = (name: string): Field<LogPart | null> =>
  member(
    name,
    (known) => (known === null ? "" : `${known.from} ${known.to} ${known.size}`),
    (value) => {
      const [from, to, size] = PART.exec(textOf(value))?.slice(1).map(Number) ?? [];
      return from === undefined || to === undefined || size === undefined
        ? null
        : { from, to, size };
    },
  );

const OUTPUT = { stdout: part("stdout_part"), stderr: part("stderr_part") };
const NO_OUTPUT = { stdout: null, stderr: null };

const HEALTH: Fields<HealthReport> = {
  state: choice("health", HEALTH_STATES, "unknown"),
  check: text("health_check"),
  lastResult: text("health_said"),
  failures: number("health_failures"),
  retries: number("health_retries"),
  action: text("health_action"),
};

const NO_HEALTH: XmlRpcStruct = {
  ...{ health: "", health_check: "", health_said: "" },
  ...{ health_failures: 0, health_retries: 0, health_action: "" },
};

const STATES = Object.keys(PROCESS_STATE_CODES) as readonly ProcessStateName[];

const SCALE = { to: number("numprocs"), filed: number("numprocs_filed") };

const NO_SCALE: Scale = { to: 0, filed: 0 };

/** The members numprocs and numprocs_filed of an answer. */
export function readScale(struct: XmlRpcStruct): Scale | null {
  const scale = decode(SCALE, struct);
  return scale.to === 0 ? null : scale;
}

const HISTORY = {
  name: text("name"),
  group: text("group"),
  state: {
    write: (state: ProcessStateName) => ({ state: PROCESS_STATE_CODES[state], statename: state }),
    read: ({ statename }: XmlRpcStruct) => STATES.find((one) => one === statename) ?? "UNKNOWN",
  },
  pid: number("pid"),
  /** Seconds since 1970 of the daemon's clock; `start` is 0 for never. */
  now: number("now"),
  start: number("start"),
  spawnError: text("spawnerr"),
  /** The condition of its start, or what blocks it: "waiting for db to run"; empty for none. */
  waits: text("waits"),
  /** What starts it with start_on: "a connection on tcp://127.0.0.1:8000"; empty while that does not. */
  awaits: text("awaits"),
  /** The ready_check and its last result, while it is not ready; empty without a check. */
  unready: text("unready"),
  /** The status that it reports by sd_notify; empty for none. */
  said: text("said"),
  /** The program that blocks it; empty for none. */
  blockedBy: text("blocked_by"),
  cause: choice<StartCause | "">("cause", START_CAUSES, ""),
  /** Why the daemon restarted it: "512MB of 400MB used"; empty for another cause. */
  restartReason: text("restart_reason"),
  /** null without health_check, or if the daemon does not report it. */
  health: {
    write: (health: HealthReport | null) => (health === null ? NO_HEALTH : encode(HEALTH, health)),
    read: (struct: XmlRpcStruct): HealthReport | null =>
      textOf(struct["health"]) === "" ? null : decode(HEALTH, struct),
  },
  /** Consecutive failed starts. */
  failures: number("failures"),
  /** Milliseconds until its automatic start; null for none. */
  nextStart: numberOr("next_start_ms", -1),
  /** Its schedule in the form of a configuration; empty for none. */
  schedule: text("schedule"),
  /** Its next scheduled run, seconds since 1970; 0 for none. */
  nextRun: number("schedule_next"),
  /** It was stopped on request, which suspends its schedule. */
  isSuspended: flag("schedule_suspended"),
  /** Another run starts when the present one ends. */
  isQueued: flag("schedule_queued"),
  /** The signals that the daemon has sent to the present run. */
  signals: numbers("signals"),
  /** Completed runs since the program was added, including those that are not recorded any more. */
  total: number("total"),
  /** Oldest first. */
  runs: member<readonly ProgramRun[]>("runs", encodeRuns, decodeRuns),
  /** Where the logs have the output of the last run; null for a log if that is unknown. */
  output: {
    write: (output: Decoded<typeof OUTPUT>) => encode(OUTPUT, output),
    read: (struct: XmlRpcStruct) => decode(OUTPUT, struct),
  },
  type: choice<ProgramType>("type", CHOICES["program type"], "simple"),
  startSecs: number("startsecs"),
  startRetries: number("startretries"),
  /** restart_limit is in force instead of startretries. */
  isLimited: flag("limited"),
  stopWaitSecs: number("stopwaitsecs"),
  autostart: flag("autostart"),
  /** What has disabled it: "by an operator since 2026-11-26T19:30:12Z", "in its file"; empty if it is enabled. */
  disabled: text("disabled"),
  /** null if the number of its processes is that of its file. */
  scaled: {
    write: (scale: Scale | null) => encode(SCALE, scale ?? NO_SCALE),
    read: readScale,
  },
  autorestart: text("autorestart"),
  exitCodes: numbers("exitcodes"),
};

/** Runs as they are in an answer. */
export function encodeRuns(runs: readonly ProgramRun[]): readonly XmlRpcStruct[] {
  return runs.map((run) => encode(RUN, run));
}

/** The member runs of an answer. */
export function decodeRuns(value: XmlRpcValue | null | undefined): readonly ProgramRun[] {
  return listOf(value)
    .filter(isStruct)
    .map((run) => decode(RUN, run));
}

/** The answer of tsv.getProcessHistory. */
export function encodeHistory(history: ProgramHistory): XmlRpcStruct {
  return encode(HISTORY, history);
}

/** Reads an answer of tsv.getProcessHistory; null if it is none. */
export function decodeHistory(answer: XmlRpcValue): ProgramHistory | null {
  const isHistory = isStruct(answer) && typeof answer["statename"] === "string";
  return isHistory ? decode(HISTORY, answer) : null;
}

function encode<T>(fields: Fields<T>, record: T): XmlRpcStruct {
  const names = Object.keys(fields) as (keyof T)[];
  return Object.assign({}, ...names.map((name) => fields[name].write(record[name])));
}

function decode<T>(fields: Fields<T>, struct: XmlRpcStruct): T {
  const names = Object.keys(fields) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, fields[name].read(struct)])) as T;
}

function listOf(value: Answer): readonly XmlRpcValue[] {
  return Array.isArray(value) ? value : [];
}
