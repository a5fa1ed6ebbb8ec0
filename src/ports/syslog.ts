// The system's log daemon. Nothing here waits.

/** The outcome of a message: `full` if the log daemon is slow, `deaf` if no log daemon reads. */
export type SyslogOutcome = "sent" | "full" | "deaf";

export interface Syslog {
  /** Sends one message of a program (LOG_USER, LOG_INFO). Not while messages of the daemon itself wait: `full`. */
  send(message: Uint8Array): SyslogOutcome;
  /** Sends one message of the daemon itself, now or when there is room. */
  sendOwn(message: Uint8Array): void;
}

// The journal of systemd. Nothing here waits.

export interface Journal {
  /** Sends one message in the journal's native protocol. */
  send(message: Uint8Array): SyslogOutcome;
  /** Calls back once when a message may be taken again after `full`. Only the last one that asked is called. */
  whenReady(resume: () => void): void;
}
