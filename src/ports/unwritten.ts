// Where the next daemon finds how much output was lost with this one, if it dies.

import type { ProcessKey } from "../core/base/ids.ts";

/** What is counted: the output of a program, or the activity log. */
export type Unwritten =
  | "activity"
  | { readonly key: ProcessKey; readonly channel: "stdout" | "stderr" };

export interface UnwrittenCounts {
  /** Where it is noted; negative for nowhere, before the first start of a program. */
  placeOfUnwritten(of: Unwritten): number;
  setUnwritten(place: number, bytes: number): void;
}
