// The history of programs for the rest of the daemon: types only.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { HistoryRange, HistorySeries } from "../../core/history/history.ts";

export interface HistoryApi {
  /** Null for a program that was never measured, or that there was no room for. */
  query(key: ProcessKey, range: HistoryRange): HistorySeries | null;
}
