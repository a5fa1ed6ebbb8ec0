// Reads the answers of a daemon: itself, its programs with their runs, and its event listener pools. A member that is missing,
// or of another type, counts as empty.

import { HEALTH_STATES, type HealthReport } from "../../core/process/describe.ts";
import { START_CAUSES, type StartCause } from "../../core/process/model.ts";
import type { ProgramHistory, ProgramRun } from "../../core/why/program-history.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { fieldOf, isStruct, numberOf, textOf } from "../../core/xmlrpc/value.ts";
import type { PoolStatus, ProgramStatus, ServerAnswer } from "./doctor-facts.ts";

/** Methods of tsv that older versions and Supervisor lack. */
export const HISTORY_METHOD = "tsv.getProcessHistory";
export const POOLS_METHOD = "tsv.getEventPools";

type Answer = XmlRpcValue | null | undefined;

/**
 * Reads the answers of getPID, getSupervisorVersion, getIdentification, getState and listMethods.
 * @remarks A server without the methods of supervisor still lists its methods; then only its state is unknown.
 */
export function readDaemon(answers: readonly Answer[]): ServerAnswer["daemon"] {
  const [pid, version, identification, state, methods] = answers;
  if (!Array.isArray(methods)) return null;
  const names = methods.filter((name): name is string => typeof name === "string");
  return {
    pid: numberOf(pid),
    version: textOf(version),
    isTsv: names.some((name) => name.startsWith("tsv.")),
    identification: textOf(identification),
    stateName: textOf(fieldOf(state, "statename")),
    methods: names,
  };
}

/** The answer of getAllProcessInfo; null if it is none. */
export function readPrograms(answer: Answer): readonly ProgramStatus[] | null {
  return (
    structsIn(answer)?.map((info) => ({
      ...texts(info, { group: "group", name: "name", state: "statename" }),
      ...texts(info, { spawnError: "spawnerr", description: "description" }),
      ...numbers(info, { pid: "pid", exitStatus: "exitstatus" }),
      ...numbers(info, { start: "start", stop: "stop", now: "now" }),
      stdoutLog: logPath(info["stdout_logfile"]),
      stderrLog: logPath(info["stderr_logfile"]),
    })) ?? null
  );
}

/** Empty if the log is no file: `@stdout`, `@stderr`, `@journal`. */
function logPath(answer: Answer): string {
  const path = textOf(answer);
  return path.startsWith("@") ? "" : path;
}

/** The answer of tsv.getProcessHistory; null if it is none. */
export function readHistory(answer: XmlRpcValue): ProgramHistory | null {
  if (!isStruct(answer) || typeof answer["statename"] !== "string") return null;
  const next = numberOf(answer["next_start_ms"]);
  return {
    ...texts(answer, { group: "group", name: "name", state: "statename" }),
    ...texts(answer, { spawnError: "spawnerr", waits: "waits", blockedBy: "blocked_by" }),
    ...texts(answer, { unready: "unready", said: "said", restartReason: "restart_reason" }),
    ...texts(answer, { schedule: "schedule", autorestart: "autorestart" }),
    ...numbers(answer, { pid: "pid", now: "now", start: "start", failures: "failures" }),
    ...numbers(answer, { nextRun: "schedule_next", total: "total", startSecs: "startsecs" }),
    ...numbers(answer, { startRetries: "startretries", stopWaitSecs: "stopwaitsecs" }),
    ...flags(answer, { isSuspended: "schedule_suspended", isQueued: "schedule_queued" }),
    ...flags(answer, { isLimited: "limited", autostart: "autostart" }),
    health: readHealth(answer),
    cause: causeOf(answer["cause"]),
    nextStartMs: next < 0 ? null : next,
    signals: listOf(answer["signals"]).map(numberOf),
    runs: (structsIn(answer["runs"]) ?? []).map(readRun),
    type: answer["type"] === "oneshot" ? "oneshot" : "simple",
    exitCodes: listOf(answer["exitcodes"]).map(numberOf),
  };
}

const ENDINGS = ["exited", "too-early", "stopped", "not-spawned", "not-ready"] as const;

function readRun(run: XmlRpcStruct): ProgramRun {
  const status = numberOf(run["exitstatus"]);
  const signal = numberOf(run["signal"]);
  return {
    ...numbers(run, { pid: "pid", start: "start", end: "end" }),
    ...texts(run, { spawnError: "spawnerr", reason: "reason" }),
    ...flags(run, { core: "core", expected: "expected" }),
    cause: causeOf(run["cause"]),
    // uptime_ms is limited to 32 bits, that is, to some days.
    upMs: Math.max(numberOf(run["uptime_ms"]), numberOf(run["uptime"]) * 1000),
    ending: ENDINGS.find((ending) => ending === run["ending"]) ?? "exited",
    exitStatus: status < 0 ? null : status,
    signal: signal === 0 ? null : signal,
    signals: listOf(run["signals"]).map(numberOf),
  };
}

/** null without health_check, and from daemons that do not know it. */
function readHealth(answer: XmlRpcStruct): HealthReport | null {
  const state = HEALTH_STATES.find((each) => each === answer["health"]);
  if (state === undefined) return null;
  return {
    state,
    ...texts(answer, { check: "health_check", lastResult: "health_said", action: "health_action" }),
    ...numbers(answer, { failures: "health_failures", retries: "health_retries" }),
  };
}

function causeOf(answer: Answer): StartCause | "" {
  return START_CAUSES.find((cause) => cause === answer) ?? "";
}

/** The answer of tsv.getEventPools; null if it is none. */
export function readPools(answer: Answer): readonly PoolStatus[] | null {
  return (
    structsIn(answer)?.map((pool) => ({
      ...texts(pool, { name: "name" }),
      ...numbers(pool, { bufferSize: "buffer_size", waiting: "waiting" }),
      ...numbers(pool, { dropped: "dropped", rejected: "rejected" }),
      listeners: (structsIn(pool["listeners"]) ?? []).map((listener) =>
        texts(listener, { name: "name", state: "state" }),
      ),
    })) ?? null
  );
}

/** The structs of an array; null if it is no array. */
export function structsIn(answer: Answer): readonly XmlRpcStruct[] | null {
  return Array.isArray(answer) ? answer.filter(isStruct) : null;
}

function listOf(answer: Answer): readonly XmlRpcValue[] {
  return Array.isArray(answer) ? answer : [];
}

/** Names of members of a struct, by the fields that they become. */
type Members<Field extends string> = Readonly<Record<Field, string>>;

function texts<F extends string>(struct: XmlRpcStruct, members: Members<F>): Record<F, string> {
  return membersOf(struct, members, textOf);
}

function numbers<F extends string>(struct: XmlRpcStruct, members: Members<F>): Record<F, number> {
  return membersOf(struct, members, numberOf);
}

function flags<F extends string>(struct: XmlRpcStruct, members: Members<F>): Record<F, boolean> {
  return membersOf(struct, members, (value) => value === true);
}

function membersOf<F extends string, Value>(
  struct: XmlRpcStruct,
  members: Members<F>,
  read: (value: Answer) => Value,
): Record<F, Value> {
  const entries = Object.entries<string>(members).map(([field, name]) => [
    field,
    read(struct[name]),
  ]);
  return Object.fromEntries(entries) as Record<F, Value>;
}
