// The system's log daemon. Nothing here waits.

/** The outcome of a message: `full` if the log daemon is slow, `deaf` if no log daemon reads. */
export type SyslogOutcome = "sent" | "full" | "deaf";

export interface Syslog {
  /** Sends one message of a program (LOG_USER, LOG_INFO). Not while messages of the daemon itself wait: `full`. */
  send(message: Uint8Array): SyslogOutcome;
  /** Sends one message of the daemon itself, now or when there is room. */
  sendOwn(message: Uint8Array): void;
}
