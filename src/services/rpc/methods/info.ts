// supervisor.* that read: processes, their configuration as last read, the daemon itself; and those that end or restart it.

import type { Shape } from "../../../core/api/signature.ts";
import { processKey } from "../../../core/base/ids.ts";
import { compareText } from "../../../core/base/printable.ts";
import { err, ok } from "../../../core/base/result.ts";
import type { GroupConfig, ProcessConfig } from "../../../core/config/model.ts";
import { AUTO, WIRE_SHAPE, wireOptions } from "../../../core/config/options/wire.ts";
import { PROCESS_STATE_CODES, SUPERVISOR_STATE_CODES } from "../../../core/process/model.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { int32, type XmlRpcStruct, type XmlRpcValue } from "../../../core/xmlrpc/value.ts";
import type { LogsApi } from "../../logs/api.ts";
import type { ProcessInfo } from "../../supervisor/api.ts";
import { alias, type Method, method, type Outcome, type RequestWork } from "../method.ts";
import { resolveProcess } from "../namespec.ts";
import { text } from "../params.ts";

/** Bytes of one struct in an answer, about. */
const INFO_BYTES = 1200;
/** Bytes of one struct in an answer, about. */
const CONFIG_BYTES = 2600;
/** Version of the RPC interface, not of the program: `supervisorctl` refuses to talk to any other. */
const API_VERSION = "3.0";
/** What is said of a process. */
const INFO = {
  ...{ name: "string", group: "string", start: "int", stop: "int", now: "int", state: "int" },
  ...{ statename: "string", spawnerr: "string", exitstatus: "int", logfile: "string" },
  ...{ stdout_logfile: "string", stderr_logfile: "string", pid: "int", description: "string" },
} as const satisfies Shape;
/** What the configuration says of it. */
const CONFIG = {
  ...{ group: "string", group_prio: "int", inuse: "boolean" },
  ...WIRE_SHAPE,
} satisfies Shape;

const getAPIVersion = method("getAPIVersion", [], "string", "read", {
  help: "The version of this RPC interface. It tells clients which methods to expect.",
  run: () => ok(API_VERSION),
});

/** Methods of `supervisor.*`. */
export const INFO_METHODS: readonly Method[] = [
  getAPIVersion,
  alias(getAPIVersion, "getVersion"),
  method("getSupervisorVersion", [], "string", "read", {
    help: "The version of the program that answers.",
    run: ({ version }) => ok(version),
  }),
  method("getIdentification", [], "string", "read", {
    help: "The name of this daemon, from identifier= in [supervisord].",
    run: ({ supervisor }) => ok(supervisor.identifier()),
  }),
  method("getState", [], { statecode: "int", statename: "string" }, "read", {
    help: "The state of the daemon: a struct of statecode (int) and statename (string).",
    run({ supervisor }) {
      const statename = supervisor.state();
      return ok({ statecode: SUPERVISOR_STATE_CODES[statename], statename });
    },
  }),
  method("getPID", [], "int", "read", {
    help: "The process id of the daemon.",
    run: ({ pid }) => ok(pid),
  }),
  method("shutdown", [], "boolean", "shutdown", {
    help: "Stops all programs, then the daemon. Returns true at once.",
    run({ supervisor }) {
      supervisor.shutdown();
      return ok(true);
    },
  }),
  method("restart", [], "boolean", "shutdown", {
    help:
      "Stops all programs and restarts with the configuration read again. Returns true at once; a configuration with " +
      "errors is refused (CANT_REREAD) and changes nothing.",
    run: ({ supervisor }) => supervisor.restart(),
  }),
  method("reloadConfig", [], [[["string"]]], "configure", {
    help:
      "Reads the configuration again and returns [[added, changed, removed]], three arrays of group names. Nothing " +
      "is started or stopped; addProcessGroup and removeProcessGroup put the changes into effect.",
    async run({ supervisor }) {
      const changes = await supervisor.reread();
      if (!changes.ok) return changes;
      const { added, changed, removed } = changes.value;
      return ok([[added, changed, removed]]);
    },
  }),
  method("getProcessInfo", [text("name")], INFO, "read", {
    help:
      "The state of one process: name, group, start, stop, now (seconds since 1970), state, statename, spawnerr, " +
      "exitstatus, logfile, stdout_logfile, stderr_logfile, pid, description. Fault: BAD_NAME.",
    run({ supervisor }, [name]) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      const info = supervisor.info(process.value.key);
      return info === null ? err(fault("BAD_NAME", name)) : ok(infoStruct(info));
    },
  }),
  method("getAllProcessInfo", [], [INFO], "read", {
    help: "The result of getProcessInfo for every process, sorted by group and name.",
    run({ supervisor }, _, work) {
      const byName = (a: Named, b: Named): number => compareText(a.config.name, b.config.name);
      const processes = [...supervisor.groups()]
        .sort(byName)
        .flatMap((group) => [...group.processes].sort(byName));
      return structsOf(processes, INFO_BYTES, work, ({ key }) => {
        const info = supervisor.info(key);
        return info === null ? [] : [infoStruct(info)];
      });
    },
  }),
  method("getAllConfigInfo", [], [CONFIG], "read", {
    help:
      "The configuration of every process as last read, which may be newer than what runs, sorted by process name. " +
      "inuse tells whether its group is active.",
    run({ supervisor, logs }, _, work) {
      const active = new Set(supervisor.groups().map((group) => group.config.name));
      const rows = supervisor
        .config()
        .groups.flatMap((group) => group.processes.map((process) => ({ group, process })))
        .sort((a, b) => compareText(a.process.name, b.process.name));
      return structsOf(rows, CONFIG_BYTES, work, ({ group, process }) => [
        configStruct(group, process, active.has(group.name), logs),
      ]);
    },
  }),
];

interface Named {
  readonly config: { readonly name: string };
}

/** Makes the structs of an answer with other work in between. @param bytes of one in the answer, about */
async function structsOf<T>(
  items: readonly T[],
  bytes: number,
  work: RequestWork,
  make: (item: T) => readonly XmlRpcStruct[],
): Promise<Outcome> {
  const refused = await work.reserve(items.length * bytes);
  if (refused !== null) return err(refused);
  const structs: XmlRpcStruct[] = [];
  for (const item of items) {
    const pause = work.pause();
    if (pause !== null) await pause;
    structs.push(...make(item));
  }
  return ok(structs);
}

/** In the order in which Supervisor writes the members. */
function infoStruct(info: ProcessInfo): XmlRpcStruct {
  return {
    name: info.name,
    group: info.group,
    start: int32(info.start),
    stop: int32(info.stop),
    now: int32(info.now),
    state: PROCESS_STATE_CODES[info.state],
    statename: info.state,
    spawnerr: info.spawnErr,
    exitstatus: info.exitStatus,
    logfile: info.stdoutLogfile,
    stdout_logfile: info.stdoutLogfile,
    stderr_logfile: info.stderrLogfile,
    pid: info.pid,
    description: info.description,
  };
}

function configStruct(
  group: GroupConfig,
  process: ProcessConfig,
  inUse: boolean,
  logs: LogsApi,
): XmlRpcStruct {
  const struct: Record<string, XmlRpcValue> = {
    group: group.name,
    group_prio: group.priority,
    inuse: inUse,
  };
  for (const { wire, value } of wireOptions(process)) struct[wire] = value;
  for (const channel of ["stdout", "stderr"] as const) {
    if (struct[`${channel}_logfile`] !== AUTO) continue;
    const path = logs.path(processKey(group.name, process.name), channel);
    if (path !== null) struct[`${channel}_logfile`] = path;
  }
  return struct;
}
