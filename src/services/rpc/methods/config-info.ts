// supervisor.getAllConfigInfo: the configuration as last read, one struct a process. `supervisorctl avail` shows it.

import { processKey } from "../../../core/base/ids.ts";
import { err, ok } from "../../../core/base/result.ts";
import { compareText } from "../../../core/base/text-order.ts";
import type {
  Autorestart,
  ChannelConfig,
  GroupConfig,
  ProcessConfig,
} from "../../../core/config/model.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../../../core/xmlrpc/value.ts";
import type { ChannelName, LogsApi } from "../../logs/api.ts";
import { type Method, method } from "../method.ts";

/** XML-RPC has no null; Supervisor writes this word. */
const NONE = "none";
/** Memory for one struct; its texts are the configuration's. */
const CONFIG_BYTES = 600;

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

function configStruct(
  group: GroupConfig,
  process: ProcessConfig,
  inUse: boolean,
  logs: LogsApi,
): XmlRpcStruct {
  const logfile = (channel: ChannelName) => logfileText(group, process, channel, logs);
  return {
    autostart: process.autostart,
    autorestart: autorestartValue(process.autorestart),
    directory: process.directory ?? NONE,
    uid: process.uid ?? NONE,
    command: process.command,
    exitcodes: process.exitCodes,
    group: group.name,
    group_prio: group.priority,
    inuse: inUse,
    killasgroup: process.killAsGroup,
    name: process.name,
    process_prio: process.priority,
    redirect_stderr: process.redirectStderr,
    startretries: process.startRetries,
    startsecs: process.startSecs,
    ...channelMembers("stdout", process.stdout, logfile("stdout")),
    stopsignal: process.stopSignal,
    stopwaitsecs: process.stopWaitSecs,
    ...channelMembers("stderr", process.stderr, logfile("stderr")),
    serverurl: process.serverUrl ?? NONE,
  };
}

function channelMembers(name: ChannelName, channel: ChannelConfig, logfile: string): XmlRpcStruct {
  return {
    [`${name}_capture_maxbytes`]: channel.captureMaxBytes,
    [`${name}_events_enabled`]: channel.eventsEnabled,
    [`${name}_logfile`]: logfile,
    [`${name}_logfile_backups`]: channel.backups,
    [`${name}_logfile_maxbytes`]: channel.maxBytes,
    [`${name}_syslog`]: channel.syslog,
  };
}

function logfileText(
  group: GroupConfig,
  process: ProcessConfig,
  channel: ChannelName,
  logs: LogsApi,
): string {
  const target = process[channel].logfile;
  switch (target.kind) {
    case "none":
      return NONE;
    case "file":
      return target.path;
    case "auto":
      return logs.path(processKey(group.name, process.name), channel) ?? "auto";
  }
}

function autorestartValue(autorestart: Autorestart): XmlRpcValue {
  if (autorestart === "unexpected") return "unexpected";
  return autorestart === "always";
}
