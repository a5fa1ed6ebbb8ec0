// supervisor.getProcessInfo and getAllProcessInfo, which every monitoring tool calls.

import { compareText } from "../../../core/base/printable.ts";
import { err, ok } from "../../../core/base/result.ts";
import { PROCESS_STATE_CODES } from "../../../core/process/model.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type { ProcessInfo } from "../../supervisor/api.ts";
import { type Method, method } from "../method.ts";
import { resolveProcess } from "../namespec.ts";
import { text } from "../params.ts";

/** Clients read times into 32 bits; the largest such number stands for everything from 2038 on. */
const MAX_INT = 2 ** 31 - 1;
/** Bytes of one struct in an answer, about. */
const INFO_BYTES = 1200;

/** The methods of this area. */
export const INFO_METHODS: readonly Method[] = [
  method({
    name: "getProcessInfo",
    params: [text("name")],
    returns: "struct",
    permission: "read",
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
  method({
    name: "getAllProcessInfo",
    params: [],
    returns: "array",
    permission: "read",
    help: "The result of getProcessInfo for every process, sorted by group and name.",
    async run({ supervisor }, _, work) {
      const structs: XmlRpcStruct[] = [];
      const groups = [...supervisor.groups()].sort((a, b) =>
        compareText(a.config.name, b.config.name),
      );
      const count = groups.reduce((sum, group) => sum + group.processes.length, 0);
      const refused = await work.reserve(count * INFO_BYTES);
      if (refused !== null) return err(refused);
      for (const group of groups) {
        const processes = [...group.processes].sort((a, b) =>
          compareText(a.config.name, b.config.name),
        );
        for (const process of processes) {
          const pause = work.pause();
          if (pause !== null) await pause;
          const info = supervisor.info(process.key);
          if (info !== null) structs.push(infoStruct(info));
        }
      }
      return ok(structs);
    },
  }),
];

/** In the order in which Supervisor writes the members. */
function infoStruct(info: ProcessInfo): XmlRpcStruct {
  return {
    name: info.name,
    group: info.group,
    start: capped(info.start),
    stop: capped(info.stop),
    now: capped(info.now),
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

function capped(seconds: number): number {
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, Math.trunc(seconds)));
}
