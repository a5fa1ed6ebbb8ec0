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

const noted = new Set<DaemonSignal>();
const early = new Map<DaemonSignal, () => void>();

/**
 * Notes requests to exit until `createSignals` handles them. For PID 1 alone: the kernel drops signals that PID 1 does not
 * handle, and `docker stop` right after a start would wait for nothing.
 */
export function noteEarlySignals(): void {
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
    const note = (): void => {
      noted.add(signal);
    };
    early.set(signal, note);
    process.on(signal, note);
  }
}

/** @param failed called with an error of a handler: uncaught, it would end the process and orphan its programs */
export function createSignals(failed: (signal: DaemonSignal, error: unknown) => void): Signals {
  return {
    on: (signal, handler) => {
      const handle = (): void => {
        try {
          handler();
        } catch (error) {
          failed(signal, error);
        }
      };
      process.on(signal, handle);
      const note = early.get(signal);
      if (note === undefined) return;
      early.delete(signal);
      process.off(signal, note);
      if (noted.delete(signal)) setImmediate(handle);
    },
  };
}
