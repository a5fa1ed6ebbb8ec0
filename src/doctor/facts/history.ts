// What a daemon tells of a program's runs: the answer of tsv.getProcessHistory, read.

import type { RunEnding, StartCause } from "../../core/process/runs.ts";
import { fieldOf, isStruct, numberOf, textOf } from "../../core/xmlrpc/fields.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { PoolStatus, ProgramHistory, ProgramRun } from "./program-history.ts";
import type { ProgramStatus } from "./situation.ts";

/** Methods of a tsv daemon that older ones and Supervisor lack. */
export const HISTORY_METHOD = "tsv.getProcessHistory";
export const POOLS_METHOD = "tsv.getEventPools";

/** A busy host has a thousand programs that run well; this many others are asked for. */
const MOST_ASKED = 200;

/**
 * Whose history says something: those that are down or in between, and those whose run is younger than an hour.
 * @param one of which alone all is to be known; "web" or "pool:a", or a group
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
    ({ state, start, now }) => start !== 0 && (state !== "RUNNING" || now - start < 3600),
  );
  return telling.slice(0, MOST_ASKED).map(({ group, name }) => `${group}:${name}`);
}

/** null when it is no such answer. */
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
    cause: causeOf(told["cause"]),
    failures: numberOf(told["failures"]),
    nextStartMs: next < 0 ? null : next,
    signals: listOf(told["signals"]).map(numberOf),
    total: numberOf(told["total"]),
    runs: listOf(told["runs"]).flatMap((run) => readRun(run) ?? []),
    startSecs: numberOf(told["startsecs"]),
    startRetries: numberOf(told["startretries"]),
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
    // The shorter one counts days in 32 bits.
    upMs: Math.max(numberOf(run["uptime_ms"]), numberOf(run["uptime"]) * 1000),
    ending: endingOf(run["ending"]),
    exitStatus: status < 0 ? null : status,
    signal: signal === 0 ? null : signal,
    core: run["core"] === true,
    expected: run["expected"] === true,
    spawnError: textOf(run["spawnerr"]),
    signals: listOf(run["signals"]).map(numberOf),
  };
}

/** null when it is no such answer. */
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

const CAUSES: readonly StartCause[] = ["autostart", "request", "retry", "autorestart"];
const ENDINGS: readonly RunEnding[] = ["exited", "too-early", "stopped", "not-spawned"];

function causeOf(value: XmlRpcValue | undefined): StartCause | "" {
  return CAUSES.find((cause) => cause === value) ?? "";
}

function endingOf(value: XmlRpcValue | undefined): RunEnding {
  return ENDINGS.find((ending) => ending === value) ?? "exited";
}
