// The system's log daemon.

export interface Syslog {
  /** Sends one message (LOG_USER, LOG_INFO). @returns false when nobody takes messages */
  send(message: Uint8Array): boolean;
}
