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
import type { QueriedServer, ServerQuestion } from "./servers.ts";
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
  const wanted = one?.replace(/:\*?$/, "");
  const chosen = programs.filter(({ group, name, state, start, now, description }) => {
    if (wanted !== undefined) return [group, name, `${group}:${name}`].includes(wanted);
    const isYoung = now - start < 3600;
    const isRelevant = state !== "RUNNING" || isYoung || description.startsWith("unhealthy: ");
    return start !== 0 && isRelevant;
  });
  return chosen.slice(0, MOST_ASKED).map(({ group, name }) => `${group}:${name}`);
}

/**
 * Selects the server whose programs are known, to query their runs: the methods that it has, and the names of programs.
 * @param servers in the order of the questions
 * @param program whose runs are queried even if it is healthy
 */
export function runsToAsk(
  questions: readonly ServerQuestion[],
  servers: readonly QueriedServer[],
  program: string | null,
): { question: ServerQuestion; methods: readonly string[]; names: readonly string[] } | null {
  const index = servers.findIndex(({ programs }) => programs !== null);
  const question = questions[index];
  const { answer, programs } = servers[index] ?? {};
  if (question === undefined || !answer?.daemon) return null;
  return { question, methods: answer.daemon.methods, names: worthAsking(programs ?? [], program) };
}

/** null if it is not such an answer. */
export function readHistory(answer: XmlRpcValue): ProgramHistory | null {
  if (!isStruct(answer) || typeof answer["statename"] !== "string") return null;
  const next = numberOf(answer["next_start_ms"]);
  return {
    group: textOf(answer["group"]),
    name: textOf(answer["name"]),
    state: answer["statename"],
    pid: numberOf(answer["pid"]),
    now: numberOf(answer["now"]),
    start: numberOf(answer["start"]),
    spawnError: textOf(answer["spawnerr"]),
    waits: textOf(answer["waits"]),
    unready: textOf(answer["unready"]),
    said: textOf(answer["said"]),
    blockedBy: textOf(answer["blocked_by"]),
    health: readHealth(answer),
    restartReason: textOf(answer["restart_reason"]),
    cause: causeOf(answer["cause"]),
    failures: numberOf(answer["failures"]),
    nextStartMs: next < 0 ? null : next,
    schedule: textOf(answer["schedule"]),
    nextRun: numberOf(answer["schedule_next"]),
    isSuspended: answer["schedule_suspended"] === true,
    isQueued: answer["schedule_queued"] === true,
    signals: listOf(answer["signals"]).map(numberOf),
    total: numberOf(answer["total"]),
    runs: listOf(answer["runs"]).flatMap((run) => readRun(run) ?? []),
    type: answer["type"] === "oneshot" ? "oneshot" : "simple",
    startSecs: numberOf(answer["startsecs"]),
    startRetries: numberOf(answer["startretries"]),
    isLimited: answer["limited"] === true,
    stopWaitSecs: numberOf(answer["stopwaitsecs"]),
    autostart: answer["autostart"] === true,
    autorestart: textOf(answer["autorestart"]),
    exitCodes: listOf(answer["exitcodes"]).map(numberOf),
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
function readHealth(answer: XmlRpcStruct): HealthReport | null {
  const state = HEALTH_STATES.find((each) => each === answer["health"]);
  if (state === undefined) return null;
  return {
    state,
    check: textOf(answer["health_check"]),
    lastResult: textOf(answer["health_said"]),
    failures: numberOf(answer["health_failures"]),
    retries: numberOf(answer["health_retries"]),
    action: textOf(answer["health_action"]),
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

const ENDINGS = ["exited", "too-early", "stopped", "not-spawned", "not-ready"] as const;

function causeOf(value: XmlRpcValue | undefined): StartCause | "" {
  return START_CAUSES.find((cause) => cause === value) ?? "";
}

function endingOf(value: XmlRpcValue | undefined): RunEnding {
  return ENDINGS.find((ending) => ending === value) ?? "exited";
}
