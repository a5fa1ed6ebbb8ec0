// Reads the answers of a daemon: itself, its programs, and its event listener pools. A member that is missing,
// or of another type, counts as empty.

import { redactPatterns } from "../../core/redact/patterns.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { fieldOf, isStruct, numberOf, textOf } from "../../core/xmlrpc/value.ts";

/** Methods of tsv that older versions and Supervisor lack. */
export const HISTORY_METHOD = "tsv.getProcessHistory";
export const POOLS_METHOD = "tsv.getEventPools";
export const RUNS_METHOD = "tsv.getAllProcessRuns";
export const RECEIVERS_METHOD = "tsv.getReceivers";

type Answer = XmlRpcValue | null | undefined;

/**
 * Reads the answers of getPID, getSupervisorVersion, getState and listMethods.
 * @remarks A server without the methods of supervisor still lists its methods; then only its state is unknown.
 */
export function readDaemon(answers: readonly Answer[]) {
  const [pid, version, state, methods] = answers;
  if (!Array.isArray(methods)) return null;
  const names: readonly string[] = methods.filter((name) => typeof name === "string");
  return {
    pid: numberOf(pid),
    // That of the interface.
    version: textOf(version),
    isTsv: names.some((name) => name.startsWith("tsv.")),
    stateName: textOf(fieldOf(state, "statename")),
    methods: names,
  };
}

/** The answer of getAllProcessInfo; null if it is none. Times are seconds since 1970 of the daemon's clock. */
export function readPrograms(answer: Answer) {
  const programs = structsIn(answer)?.map((info) => ({
    group: textOf(info["group"]),
    name: textOf(info["name"]),
    state: textOf(info["statename"]),
    pid: numberOf(info["pid"]),
    exitStatus: numberOf(info["exitstatus"]),
    spawnError: redactPatterns(textOf(info["spawnerr"])),
    start: numberOf(info["start"]),
    now: numberOf(info["now"]),
    description: textOf(info["description"]),
    // Paths in use, including AUTO logs.
    stdoutLog: logPath(info["stdout_logfile"]),
    stderrLog: logPath(info["stderr_logfile"]),
  }));
  return programs ?? null;
}

/** Empty if the log is no file: `@stdout`, `@stderr`, `@journal`. */
function logPath(answer: Answer): string {
  const path = textOf(answer);
  return path.startsWith("@") ? "" : path;
}

/** The pools of event listeners in the answer of tsv.getEventPools; null if it is none. */
export function readPools(answer: Answer) {
  const pools = structsIn(answer)?.map((pool) => ({
    name: textOf(pool["name"]),
    bufferSize: numberOf(pool["buffer_size"]),
    waiting: numberOf(pool["waiting"]),
    dropped: numberOf(pool["dropped"]),
    listeners: (structsIn(pool["listeners"]) ?? []).map(({ name, state }) => {
      return { name: textOf(name), state: textOf(state) };
    }),
  }));
  return pools ?? null;
}

/** The programs whose output is dropped, according to the answer of tsv.getAllProcessRuns; null if it is none. */
export function readLost(answer: Answer) {
  const lost = structsIn(answer)?.flatMap((runs) => {
    const errno = textOf(runs["log_error"]);
    const [group, name] = [textOf(runs["group"]), textOf(runs["name"])];
    const bytes = Number(textOf(runs["log_lost"]));
    return errno === "" ? [] : [{ group, name, path: textOf(runs["log_path"]), errno, bytes }];
  });
  return lost ?? null;
}

/** The receivers of alerts whose last message failed, according to tsv.getReceivers; null if it is no answer of that. */
export function readFailing(answer: Answer) {
  const failing = structsIn(answer)?.flatMap((receiver) => {
    const sinceMs = numberOf(fieldOf(receiver["failing_since_ms"], "value"));
    const [name, target] = [textOf(receiver["name"]), textOf(receiver["target"])];
    const [error, waiting] = [textOf(receiver["last_text"]), numberOf(receiver["waiting"])];
    return sinceMs === 0 ? [] : [{ name, target, error, sinceMs, waiting }];
  });
  return failing ?? null;
}

/** The structs of an array; null if it is no array. */
export function structsIn(answer: Answer): readonly XmlRpcStruct[] | null {
  return Array.isArray(answer) ? answer.filter(isStruct) : null;
}
