// POSIX signals sent to the daemon itself.

export type DaemonSignal =
  | "SIGTERM"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGHUP"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGCHLD";

export interface Signals {
  /** Calls `handler` each time the signal arrives, from now on. */
  on(signal: DaemonSignal, handler: () => void): void;
}
