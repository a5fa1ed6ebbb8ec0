// Signals through Node, which delivers them in the event loop.

import type { Signals } from "../../ports/signals.ts";

export function createSignals(): Signals {
  return {
    on: (signal, handler) => {
      process.on(signal, handler);
    },
  };
}
