// What the hub's program consists of.

import type { Session } from "../nats/connection.ts";

/** A part of the hub's program. */
export interface HubPart {
  /** Begins its work on a connection, whose streams exist. What it subscribes to ends with the session. */
  connected(session: Session): void;
  /** The list of members has changed (SIGHUP). */
  changed(): void;
}
