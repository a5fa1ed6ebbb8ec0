// The journal of systemd. Nothing here waits.

import type { SyslogOutcome } from "./syslog.ts";

export interface Journal {
  /** Sends one message in the journal's native protocol. */
  send(message: Uint8Array): SyslogOutcome;
  /** Calls back once when a message may be taken again after `full`. Only the last one that asked is called. */
  whenReady(resume: () => void): void;
}
