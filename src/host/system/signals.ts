// POSIX signals sent to the daemon itself, through Node, which delivers them in the event loop.

import { constants } from "node:os";
import { posix } from "../posix.ts";

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
export function createSignals(failed: (signal: DaemonSignal, error: unknown) => void) {
  return {
    /** Calls `handler` each time the signal arrives, from now on. */
    on(signal: DaemonSignal, handler: () => void): void {
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

export type Signals = ReturnType<typeof createSignals>;

// The numbers of signals on this host.

export function numberOfSignal(signal: NodeJS.Signals): number {
  return constants.signals[signal];
}

// The end of this process.

/**
 * Ends the process at once, with what was written so far. Node's own end takes its threads down in an order in which they may
 * wait for each other forever (nodejs/node#54918), so it is left out.
 */
export function endProcess(status: number): never {
  process.emit("exit", status);
  try {
    return posix().exit(status);
  } catch {
    // Without the addon, such as where no file may be made, there is only Node's way.
    return process.exit(status);
  }
}

// Keeps the process up when it waits for nothing but signals: Node ends a process whose event loop has nothing else.

/** Longest that a timer of Node's may be set for: one wake-up in 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** @returns what lets go again */
export function stayAlive(): () => void {
  const timer = setInterval(() => {}, LONGEST_MS);
  return () => clearInterval(timer);
}

// Catches errors that would otherwise end the process: without the daemon, its programs would be unsupervised.

let report: ((thrown: unknown) => void) | null = null;

/** From now on an uncaught error is reported instead of ending the process. The last `reportTo` counts. */
export function surviveUncaughtErrors(reportTo: (thrown: unknown) => void): void {
  if (report === null) {
    // Rejections that nothing handles come here too (Node's default since version 15).
    process.on("uncaughtException", (thrown) => {
      try {
        report?.(thrown);
      } catch {
        // An error in here would end the process after all.
      }
    });
  }
  report = reportTo;
}
