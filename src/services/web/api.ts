// What the rest of the daemon needs to know of the web page: types only.

import type { ProcessKey } from "../../core/base/ids.ts";

/** Tells that something is different, not what: whoever wants to know looks. Costs an addition when nobody watches. */
export interface ChangeFeed {
  /** Counts changes. */
  version(): number;
  /** A process has changed its state; null when groups came or went. */
  tell(key: ProcessKey | null): void;
  /** @returns what ends the watching */
  watch(watcher: (key: ProcessKey | null) => void): () => void;
}
