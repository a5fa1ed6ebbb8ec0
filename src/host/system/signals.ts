// POSIX signals sent to the daemon itself, through Node, which delivers them in the event loop.

/** Those that the daemon handles. */
export type DaemonSignal =
  | "SIGTERM"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGHUP"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGWINCH"
  | "SIGCHLD";

export interface Signals {
  /** Calls `handler` each time the signal arrives, from now on. */
  on(signal: DaemonSignal, handler: () => void): void;
}

/** @param failed called with an error of a handler: uncaught, it would end the process and orphan its programs */
export function createSignals(failed: (signal: DaemonSignal, error: unknown) => void): Signals {
  return {
    on: (signal, handler) => {
      process.on(signal, () => {
        try {
          handler();
        } catch (error) {
          failed(signal, error);
        }
      });
    },
  };
}
