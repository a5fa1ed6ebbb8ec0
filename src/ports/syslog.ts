// The system's log daemon. Nothing here waits.

/** What became of a message: `full` when the log daemon is behind, `deaf` when no log daemon reads. */
export type SyslogOutcome = "sent" | "full" | "deaf";

export interface Syslog {
  /** Sends one message of a program (LOG_USER, LOG_INFO). Not while messages of the daemon itself wait: `full`. */
  send(message: Uint8Array): SyslogOutcome;
  /** Sends one message of the daemon itself, now or when there is room. */
  sendOwn(message: Uint8Array): void;
}
