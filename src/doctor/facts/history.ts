// Reads the answer of tsv.getProcessHistory: the runs of a program.

import { HEALTH_STATES, type HealthReport } from "../../core/process/describe.ts";
import { START_CAUSES, type StartCause } from "../../core/process/model.ts";
import type { RunEnding } from "../../core/process/runs.ts";
import type { ProgramHistory, ProgramRun } from "../../core/why/program-history.ts";
import {
  fieldOf,
  isStruct,
  numberOf,
  textOf,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "../../core/xmlrpc/value.ts";
import type { Asked } from "./answerers.ts";
import type { ServerQuestion } from "./servers.ts";
import type { PoolStatus, ProgramStatus } from "./situation.ts";

/** Methods of tsv that older versions and Supervisor lack. */
export const HISTORY_METHOD = "tsv.getProcessHistory";
export const POOLS_METHOD = "tsv.getEventPools";

/** A host may have a thousand healthy programs; at most this many others are queried. */
const MOST_ASKED = 200;

/**
 * The programs with relevant history: those that are not RUNNING, and those whose run is younger than an hour.
 * @param one the only program to query: "web", "pool:a", or a group
 */
export function worthAsking(
  programs: readonly ProgramStatus[],
  one: string | null = null,
): readonly string[] {
  if (one !== null) {
    const wanted = one.replace(/:\*?$/, "");
    const meant = programs.filter(({ group, name }) =>
      [group, name, `${group}:${name}`].includes(wanted),
    );
    return meant.slice(0, MOST_ASKED).map(({ group, name }) => `${group}:${name}`);
  }
  const telling = programs.filter(
    ({ state, start, now, description }) =>
      start !== 0 &&
      (state !== "RUNNING" || now - start < 3600 || description.startsWith("unhealthy: ")),
  );
  return telling.slice(0, MOST_ASKED).map(({ group, name }) => `${group}:${name}`);
}

/** A query for runs. */
interface RunsQuestion {
  readonly question: ServerQuestion;
  /** The methods of the server. */
  readonly methods: readonly string[];
  /** Names of programs. */
  readonly names: readonly string[];
}

/**
 * Selects the server whose programs are known, to query their runs.
 * @param answers in the order of the questions
 * @param program whose runs are queried even if it is healthy
 */
export function runsToAsk(
  questions: readonly ServerQuestion[],
  answers: readonly Asked[],
  program: string | null,
): RunsQuestion | null {
  const index = answers.findIndex(({ programs }) => programs !== null);
  const question = questions[index];
  const { answer, programs } = answers[index] ?? {};
  if (question === undefined || answer === undefined || answer.daemon === null) return null;
  return { question, methods: answer.daemon.methods, names: worthAsking(programs ?? [], program) };
}

/** null if it is not such an answer. */
export function readHistory(told: XmlRpcValue): ProgramHistory | null {
  if (!isStruct(told) || typeof told["statename"] !== "string") return null;
  const next = numberOf(told["next_start_ms"]);
  return {
    group: textOf(told["group"]),
    name: textOf(told["name"]),
    state: told["statename"],
    pid: numberOf(told["pid"]),
    now: numberOf(told["now"]),
    start: numberOf(told["start"]),
    spawnError: textOf(told["spawnerr"]),
    waits: textOf(told["waits"]),
    unready: textOf(told["unready"]),
    said: textOf(told["said"]),
    blockedBy: textOf(told["blocked_by"]),
    health: readHealth(told),
    restartReason: textOf(told["restart_reason"]),
    cause: causeOf(told["cause"]),
    failures: numberOf(told["failures"]),
    nextStartMs: next < 0 ? null : next,
    schedule: textOf(told["schedule"]),
    nextRun: numberOf(told["schedule_next"]),
    isSuspended: told["schedule_suspended"] === true,
    isQueued: told["schedule_queued"] === true,
    signals: listOf(told["signals"]).map(numberOf),
    total: numberOf(told["total"]),
    runs: listOf(told["runs"]).flatMap((run) => readRun(run) ?? []),
    type: told["type"] === "oneshot" ? "oneshot" : "simple",
    startSecs: numberOf(told["startsecs"]),
    startRetries: numberOf(told["startretries"]),
    isLimited: told["limited"] === true,
    stopWaitSecs: numberOf(told["stopwaitsecs"]),
    autostart: told["autostart"] === true,
    autorestart: textOf(told["autorestart"]),
    exitCodes: listOf(told["exitcodes"]).map(numberOf),
  };
}

function readRun(run: XmlRpcValue): ProgramRun | null {
  if (!isStruct(run)) return null;
  const status = numberOf(run["exitstatus"]);
  const signal = numberOf(run["signal"]);
  return {
    pid: numberOf(run["pid"]),
    cause: causeOf(run["cause"]),
    start: numberOf(run["start"]),
    end: numberOf(run["end"]),
    // uptime_ms is limited to 32 bits, that is, to some days.
    upMs: Math.max(numberOf(run["uptime_ms"]), numberOf(run["uptime"]) * 1000),
    ending: endingOf(run["ending"]),
    exitStatus: status < 0 ? null : status,
    signal: signal === 0 ? null : signal,
    core: run["core"] === true,
    expected: run["expected"] === true,
    spawnError: textOf(run["spawnerr"]),
    signals: listOf(run["signals"]).map(numberOf),
    reason: textOf(run["reason"]),
  };
}

/** null without health_check, and from daemons that do not know it. */
function readHealth(told: XmlRpcStruct): HealthReport | null {
  const state = HEALTH_STATES.find((each) => each === told["health"]);
  if (state === undefined) return null;
  return {
    state,
    check: textOf(told["health_check"]),
    said: textOf(told["health_said"]),
    failures: numberOf(told["health_failures"]),
    retries: numberOf(told["health_retries"]),
    action: textOf(told["health_action"]),
  };
}

/** null if it is not such an answer. */
export function readPools(value: XmlRpcValue): readonly PoolStatus[] | null {
  if (!isList(value)) return null;
  return value.flatMap((pool) => {
    if (!isStruct(pool)) return [];
    return {
      name: textOf(pool["name"]),
      bufferSize: numberOf(pool["buffer_size"]),
      waiting: numberOf(pool["waiting"]),
      dropped: numberOf(pool["dropped"]),
      rejected: numberOf(pool["rejected"]),
      listeners: listOf(pool["listeners"]).map((listener) => ({
        name: textOf(fieldOf(listener, "name")),
        state: textOf(fieldOf(listener, "state")),
      })),
    };
  });
}

function isList(value: XmlRpcValue | undefined): value is readonly XmlRpcValue[] {
  return Array.isArray(value);
}

function listOf(value: XmlRpcValue | undefined): readonly XmlRpcValue[] {
  return isList(value) ? value : [];
}

const ENDINGS: readonly RunEnding[] = [
  "exited",
  "too-early",
  "stopped",
  "not-spawned",
  "not-ready",
];

function causeOf(value: XmlRpcValue | undefined): StartCause | "" {
  return START_CAUSES.find((cause) => cause === value) ?? "";
}

function endingOf(value: XmlRpcValue | undefined): RunEnding {
  return ENDINGS.find((ending) => ending === value) ?? "exited";
}
