// supervisor.getAllConfigInfo: the configuration as last read, one struct a process. `supervisorctl avail` shows it.

import { processKey } from "../../../core/base/ids.ts";
import { compareText } from "../../../core/base/printable.ts";
import { err, ok } from "../../../core/base/result.ts";
import { changedOptions, isSameGroup } from "../../../core/config/diff.ts";
import type { GroupConfig, ProcessConfig } from "../../../core/config/model.ts";
import { AUTO, wireOptions } from "../../../core/config/options/wire.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../../../core/xmlrpc/value.ts";
import type { LogsApi } from "../../logs/api.ts";
import { type Method, method } from "../method.ts";

/** Bytes of one struct in an answer, about. */
const CONFIG_BYTES = 2600;

/** The methods of this area. */
export const CONFIG_INFO_METHODS: readonly Method[] = [
  method({
    name: "getAllConfigInfo",
    params: [],
    returns: "array",
    permission: "read",
    help:
      "The configuration of every process as last read, which may be newer than what runs, sorted by process name. " +
      "inuse tells whether its group is active.",
    async run({ supervisor, logs }, _, work) {
      const rows = supervisor
        .config()
        .groups.flatMap((group) => group.processes.map((process) => ({ group, process })));
      const refused = await work.reserve(rows.length * CONFIG_BYTES);
      if (refused !== null) return err(refused);
      rows.sort((a, b) => compareText(a.process.name, b.process.name));
      const active = new Set(supervisor.groups().map((group) => group.config.name));
      const structs: XmlRpcStruct[] = [];
      for (const { group, process } of rows) {
        const pause = work.pause();
        if (pause !== null) await pause;
        structs.push(configStruct(group, process, active.has(group.name), logs));
      }
      return ok(structs);
    },
  }),
];

/** tsv.*: what reloadConfig does not say. */
export const CONFIG_CHANGE_METHODS: readonly Method[] = [
  method({
    name: "getChangedOptions",
    params: [],
    returns: "array",
    permission: "read",
    help:
      "For each active group that differs from the configuration as last read: group, and options, the keys of the " +
      "options that differ. Empty options: the group is of another kind now.",
    run({ supervisor }) {
      return ok(
        supervisor.config().groups.flatMap((next) => {
          const active = supervisor.group(next.name)?.config;
          if (active === undefined || isSameGroup(active, next)) return [];
          return [{ group: next.name, options: changedOptions(active, next) }];
        }),
      );
    },
  }),
];

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
