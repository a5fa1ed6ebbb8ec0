// Interface of the event log for the rest of the daemon: types only.

import type { Cursor, Happening, LoggedEvent, Page } from "../../core/event-log/event-log.ts";

/** For those who write. */
export interface EventWriter {
  append(what: Happening): void;
}

/** For those who read. Costs nothing while nothing happens. */
export interface EventReader {
  /** The position of a reader that has all events. */
  end(): Cursor;
  /** See `EventLog.after`. */
  after(cursor: Cursor | null, limit: number): Page;
  /**
   * Calls back for each event from now on, in the turn in which it happens.
   * @returns what ends it
   */
  watch(watcher: (event: LoggedEvent) => void): () => void;
}
