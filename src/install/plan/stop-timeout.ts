// How long a daemon may take to stop: the init system has to wait that long before it kills the remaining processes.

import type { GroupConfig } from "../../core/config/model.ts";
import { longestStopSeconds } from "../../core/supervisor/shutdown.ts";

/** Time for stopping in addition to waiting for programs: reading, logging, reaping. */
const MARGIN_SECONDS = 10;
/** The default of systemd, which leaves time for programs that are added later. */
const LEAST_SECONDS = 90;

/**
 * Seconds that stopping everything may take. Groups of one priority are stopped together, and one priority after the
 * other, so the slowest program of each counts; one that does not stop is killed after its `stopwaitsecs`.
 */
export function stopTimeoutSeconds(groups: readonly GroupConfig[]): number {
  return Math.max(LEAST_SECONDS, Math.ceil(longestStopSeconds(groups)) + MARGIN_SECONDS);
}
