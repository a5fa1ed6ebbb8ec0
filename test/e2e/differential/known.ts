// Every difference from Supervisor that is meant, with its reason and the row of docs/differences.md. One that no longer
// shows as described is reported as stale.

import type { KnownDifference } from "./compare.ts";

/** The table. */
export const KNOWN: readonly KnownDifference[] = [];
