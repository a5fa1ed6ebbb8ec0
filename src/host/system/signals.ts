// Signals through Node, which delivers them in the event loop.

import type { DaemonSignal, Signals } from "../../ports/signals.ts";

/** @param failed is told what a handler threw: uncaught, it would end the process and leave its programs behind */
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
