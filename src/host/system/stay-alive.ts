// Keeps the process up when it waits for nothing but signals: Node ends a process whose event loop has nothing else.

/** Longest that a timer of Node's may be set for: one wake-up in 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** @returns what lets go again */
export function stayAlive(): () => void {
  const timer = setInterval(() => {}, LONGEST_MS);
  return () => clearInterval(timer);
}
