// Interface of events for the rest of the daemon: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { GroupConfig } from "../../core/config/model.ts";
import type { Pool } from "../../core/events/model.ts";
import type { Notice, StateChange } from "../../core/process/model.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";

/** Supervision reports what happens. Never throws, never waits; costs nothing when no pool subscribes. */
export interface EventsApi {
  /** A group became active; an `[eventlistener:x]` becomes a pool, which gets this event too. */
  groupAdded(config: GroupConfig, processes: readonly ProcessRecord[]): void;
  groupRemoved(name: string): void;
  processChanged(process: ProcessRecord, change: StateChange): void;
  processNoticed(process: ProcessRecord, notice: Notice): void;
  /** Supervision begins (after all groups are there), or begins to end. */
  supervisorChanged(to: "RUNNING" | "STOPPING"): void;
  remoteCommunication(type: string, data: string): void;
}

/** The pipes of event listeners that outlive the daemon. */
export interface ListenerPipesApi {
  /** A process was started. Call it before its pipes are used. */
  opened(key: ProcessKey, stdin: number | null, stdout: number): void;
  /** It has exited, and its output is read. Call it before its stdin is closed. */
  closed(key: ProcessKey): void;
}

/** What clients may see of events. */
export interface EventPools {
  /** In the order in which they were added. */
  pools(): readonly Pool[];
}
