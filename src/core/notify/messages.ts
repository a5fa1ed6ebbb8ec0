// Messages of the daemon to its service manager, in the format of sd_notify(3).

import type { ProcessStateName } from "../process/model.ts";

/** How many programs are in which kind of state. */
interface ProgramCounts {
  readonly running: number;
  /** On the way up, also for another time. */
  readonly starting: number;
  readonly stopping: number;
  /** Names, as ctl shows them. */
  readonly failed: readonly string[];
}

/** What a state counts as; null for a program that is down as it should be. */
export function countedAs(state: ProcessStateName): keyof ProgramCounts | null {
  switch (state) {
    case "RUNNING":
      return "running";
    case "STARTING":
    case "BACKOFF":
      return "starting";
    case "STOPPING":
      return "stopping";
    case "FATAL":
    case "UNKNOWN":
      return "failed";
    case "STOPPED":
    case "EXITED":
      return null;
  }
}

/** Names in a line; of more it says how many. */
const NAMED = 3;

/** `12 programs running, 1 failed: web`. */
export function statusText({ running, starting, stopping, failed }: ProgramCounts): string {
  const parts = [`${running === 0 ? "no" : running} program${running === 1 ? "" : "s"} running`];
  if (starting > 0) parts.push(`${starting} starting`);
  if (stopping > 0) parts.push(`${stopping} stopping`);
  if (failed.length > 0) {
    const more = failed.length > NAMED ? " and others" : "";
    parts.push(`${failed.length} failed: ${failed.slice(0, NAMED).join(", ")}${more}`);
  }
  return parts.join(", ");
}

/** A status is one line of text, and a datagram is short. */
const STATUS_LENGTH = 500;

/** The status that people see in `systemctl status`. */
export function status(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, " ");
  return `STATUS=${line.length > STATUS_LENGTH ? `${line.slice(0, STATUS_LENGTH)}...` : line}`;
}

/** Extends the time that the service manager gives to what is under way. */
export function extendTimeout(milliseconds: number): string {
  return `EXTEND_TIMEOUT_USEC=${Math.ceil(milliseconds * 1000)}`;
}

/** A reload has begun at this moment of CLOCK_MONOTONIC; READY=1 ends it. */
export function reloading(monoMs: number): readonly string[] {
  return ["RELOADING=1", `MONOTONIC_USEC=${Math.floor(monoMs * 1000)}`];
}

/** The daemon ends without having run. @param errno of errno(3), where one says what is wrong */
export function failed(why: string, exitStatus: number, errno?: number): readonly string[] {
  const number = errno === undefined ? [] : [`ERRNO=${errno}`];
  return [status(`did not start: ${why}`), ...number, `EXIT_STATUS=${exitStatus}`];
}
