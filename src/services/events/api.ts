// Interface of events for the rest of the daemon: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { GroupConfig } from "../../core/config/model.ts";
import type { PoolCounts } from "../../core/events/model.ts";
import type { Notice, StateChange } from "../../core/process/model.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";

/** One process of a pool, as it is now. */
export interface ListenerView {
  readonly key: ProcessKey;
  readonly state: "ACKNOWLEDGED" | "READY" | "BUSY" | "UNKNOWN";
  /** Serial of the event that it was sent and has not answered. */
  readonly serial: number | null;
  /** Rejections in a row. */
  readonly failures: number;
}

/** A pool of event listeners, as it is now. */
export interface PoolView {
  readonly name: string;
  readonly bufferSize: number;
  /** Events that wait. */
  readonly waiting: number;
  readonly counts: PoolCounts;
  readonly listeners: readonly ListenerView[];
}

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

/** What clients may see of events. */
export interface EventPools {
  /** In the order in which they were added. */
  pools(): readonly PoolView[];
}

/** What supervision does for events. */
export interface ListenerInput {
  /** Queues an event for a listener's stdin, however large it is: it has read all that came before. */
  writeEvent(key: ProcessKey, bytes: Uint8Array): "accepted" | "closed";
}
