// Signals that interrupt an installer: it finishes the current step and rolls back, instead of exiting half-way.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls back at each of them, instead of exiting. @returns the function that unsubscribes */
export function onEndSignals(callback: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, callback);
  return () => {
    for (const signal of SIGNALS) process.off(signal, callback);
  };
}
