// An event log at a moment that stands still, and the shortest way to say that something changed.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import { createEventLog, type EventLogService } from "../../src/services/event-log/event-log.ts";

export interface FakeEventLog extends EventLogService {
  /** A process changed its state; null: a group came. */
  changed(key: ProcessKey | null): void;
}

export function fakeEventLog(): FakeEventLog {
  const log = createEventLog({ epoch: "e", next: 1, events: [] }, () => 1_795_248_000_000);
  return {
    ...log,
    changed(key) {
      if (key === null) log.append({ kind: "group-added", group: "some" });
      else log.append({ kind: "state", key, from: "STOPPED", to: "STARTING", details: {} });
    },
  };
}
