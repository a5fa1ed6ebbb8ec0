// Notifies the subscribers of supervision: logs, events, waiting commands, and live pages.

import type { ProcessKey } from "../../core/base/ids.ts";
import { pidOf } from "../../core/process/model.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { EventWriter } from "../event-log/api.ts";
import type { EventsApi } from "../events/api.ts";
import type { LogsApi } from "../logs/api.ts";
import type { MemoryWatcher } from "../usage/api.ts";
import type { LoopObserver } from "./effects.ts";
import type { StartRequests, Waiters } from "./waiters.ts";

interface ObserverDeps {
  readonly logs: Pick<LogsApi, "addProcess" | "removeProcess">;
  readonly events: EventsApi;
  readonly waiters: Waiters;
  readonly requests: Pick<StartRequests, "settle">;
  readonly eventLog: EventWriter;
  readonly memory: Pick<MemoryWatcher, "changed">;
  readonly record: (key: ProcessKey) => ProcessRecord | null;
  readonly allStopped: () => void;
}

/** Logs are notified before events, some of which contain output. */
export function createObserver(deps: ObserverDeps): LoopObserver {
  const { logs, events, waiters, eventLog } = deps;
  const forget = (keys: readonly ProcessKey[]): void => {
    for (const key of keys) {
      logs.removeProcess(key);
      deps.memory.changed(key);
      waiters.notify(key);
    }
  };
  return {
    changed: (key, change) => {
      const record = deps.record(key);
      if (record !== null) events.processChanged(record, change);
      deps.memory.changed(key);
      waiters.notify(key);
      eventLog.append({ kind: "state", key, ...change });
    },
    noticed: (key, notice) => {
      const record = deps.record(key);
      if (record !== null) events.processNoticed(record, notice);
      eventLog.append({ kind: "notice", key, notice });
    },
    groupAdded: ({ config }, processes) => {
      addLogs(logs, processes, config.kind === "eventlistener");
      events.groupAdded(config, processes);
      eventLog.append({ kind: "group-added", group: config.name });
    },
    groupRemoved: (name, keys) => {
      forget(keys);
      events.groupRemoved(name);
      eventLog.append({ kind: "group-removed", group: name });
    },
    processesAdded: (processes) => {
      addLogs(logs, processes, false);
      for (const { key } of processes) eventLog.append({ kind: "process-added", key });
    },
    processRemoved: (key) => {
      forget([key]);
      eventLog.append({ kind: "process-removed", key });
    },
    executes: (key) => {
      waiters.notify(key);
      const record = deps.record(key);
      eventLog.append({ kind: "executes", key, pid: record === null ? 0 : pidOf(record.state) });
    },
    stopping: () => {
      events.supervisorChanged("STOPPING");
      eventLog.append({ kind: "stopping" });
    },
    startSettled: (key, outcome) => {
      deps.requests.settle(key, outcome);
      waiters.notify(key);
    },
    allStopped: deps.allStopped,
  };
}

/** Adds processes to the logs. */
export function addLogs(
  logs: ObserverDeps["logs"],
  processes: readonly ProcessRecord[],
  isEventListener: boolean,
): void {
  for (const { key, group, config } of processes) {
    const { name, redirectStderr, stdout, stderr, tty: isTerminal } = config;
    const { logFormat: format, logTimestamp: time, logRateLimit: limit } = config;
    const lines = { format, time, limit };
    const logged = { key, name, group, redirectStderr, stdout, stderr, lines };
    const makesLogDirs = config.logCreateDirs;
    logs.addProcess({ ...logged, isEventListener, isTerminal, makesLogDirs });
  }
}
