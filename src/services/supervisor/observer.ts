// Who is told what supervision has done: logs, events, commands that wait, and those who show it.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { EventsApi } from "../events/api.ts";
import type { LogsApi } from "../logs/api.ts";
import type { LoopObserver } from "./effects.ts";
import type { Waiters } from "./waiters.ts";

export interface ObserverDeps {
  readonly logs: Pick<LogsApi, "addProcess" | "removeProcess">;
  readonly events: EventsApi;
  readonly waiters: Waiters;
  /** A process has changed its state; null when groups or their members came or went. */
  readonly onChange?: (key: ProcessKey | null) => void;
  readonly record: (key: ProcessKey) => ProcessRecord | null;
  readonly allStopped: () => void;
}

/** Passes on what the loop tells. Logs come before events, whose types include what is logged. */
export function createObserver(deps: ObserverDeps): LoopObserver {
  const { logs, events, waiters, onChange } = deps;
  const forget = (keys: readonly ProcessKey[]): void => {
    for (const key of keys) {
      logs.removeProcess(key);
      waiters.tell(key);
    }
  };
  return {
    changed: (key, change) => {
      const record = deps.record(key);
      if (record !== null) events.processChanged(record, change);
      waiters.tell(key);
      onChange?.(key);
    },
    groupAdded: ({ config }, processes) => {
      addLogs(logs, processes, config.kind === "eventlistener");
      events.groupAdded(config, processes);
      onChange?.(null);
    },
    groupRemoved: (name, keys) => {
      forget(keys);
      events.groupRemoved(name);
      onChange?.(null);
    },
    processesAdded: (processes) => {
      addLogs(logs, processes, false);
      onChange?.(null);
    },
    processRemoved: (key) => {
      forget([key]);
      onChange?.(null);
    },
    executes: (key) => {
      waiters.tell(key);
      onChange?.(key);
    },
    stopping: () => events.supervisorChanged("STOPPING"),
    allStopped: deps.allStopped,
  };
}

/** Tells the logs of processes that join. */
export function addLogs(
  logs: ObserverDeps["logs"],
  processes: readonly ProcessRecord[],
  isEventListener: boolean,
): void {
  for (const { key, group, config } of processes) {
    const { name, redirectStderr, stdout, stderr, tty: isTerminal } = config;
    const logged = { key, name, group, redirectStderr, stdout, stderr };
    logs.addProcess({ ...logged, isEventListener, isTerminal });
  }
}
