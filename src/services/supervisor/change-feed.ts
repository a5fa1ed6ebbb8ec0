// Hands changes of state to those who watch them.

import type { ChangeFeed } from "./api.ts";

/** A feed that nobody watches yet. */
export function createChangeFeed(): ChangeFeed {
  let version = 0;
  const watchers = new Set<Parameters<ChangeFeed["watch"]>[0]>();
  return {
    version: () => version,
    tell(key) {
      version++;
      for (const watcher of watchers) watcher(key);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
