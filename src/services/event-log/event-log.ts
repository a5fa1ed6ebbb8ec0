// The event log with its watchers and its clock. There is one per daemon.

import type { LoggedEvent } from "../../core/event-log/event-log.ts";
import { EventLog, type EventLogState } from "../../core/event-log/event-log.ts";
import type { EventReader, EventWriter } from "./api.ts";

export interface EventLogService extends EventReader, EventWriter {
  /** For the successor. */
  state(): EventLogState;
}

/** @param wall epoch milliseconds */
export function createEventLog(initial: EventLogState, wall: () => number): EventLogService {
  const log = new EventLog(initial);
  const watchers = new Set<(event: LoggedEvent) => void>();
  return {
    append(what) {
      const event = log.append(wall(), what);
      for (const watcher of watchers) watcher(event);
    },
    end: () => log.end,
    after: (cursor, limit) => log.after(cursor, limit),
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    state: () => log.state(),
  };
}
