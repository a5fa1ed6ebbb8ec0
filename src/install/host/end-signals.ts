// Signals that ask an installer to end: it ends what it is at and takes its work back, instead of dying half-way.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls back at each of them, instead of ending. @returns the way to forget it */
export function onEndSignals(callback: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, callback);
  return () => {
    for (const signal of SIGNALS) process.off(signal, callback);
  };
}
