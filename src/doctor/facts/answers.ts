// Reads the answers of a daemon: itself, its programs, and its event listener pools. A member that is missing,
// or of another type, counts as empty.

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

/** Names of members of a struct, by the fields that they become. */
type Members<Field extends string> = Readonly<Record<Field, string>>;

function texts<F extends string>(struct: XmlRpcStruct, members: Members<F>): Record<F, string> {
  return membersOf(struct, members, textOf);
}

function numbers<F extends string>(struct: XmlRpcStruct, members: Members<F>): Record<F, number> {
  return membersOf(struct, members, numberOf);
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
