// How long a daemon may take to stop: the init system has to wait that long before it kills what is left.

import type { GroupConfig } from "../../core/config/model.ts";
import { longestStopSeconds } from "../../core/supervisor/stop-time.ts";

/** Reading, logging, reaping: what stopping takes beside waiting for programs. */
const MARGIN_SECONDS = 10;
/** What systemd waits by default. Programs that are added later have room, too. */
const LEAST_SECONDS = 90;

/**
 * Seconds that stopping everything may take. Groups of one priority are stopped together, and one priority after the
 * other, so the slowest program of each counts; one that does not stop is killed after its `stopwaitsecs`.
 */
export function stopTimeoutSeconds(groups: readonly GroupConfig[]): number {
  const stopped = groups.map(({ priority, processes }) => ({
    priority,
    stopWaitSecs: processes.map(({ stopWaitSecs }) => stopWaitSecs),
  }));
  return Math.max(LEAST_SECONDS, Math.ceil(longestStopSeconds(stopped)) + MARGIN_SECONDS);
}
