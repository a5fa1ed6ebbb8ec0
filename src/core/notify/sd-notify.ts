// The protocol of sd_notify(3): messages of the daemon to its service manager, and of programs to the daemon.

import { replaceControls } from "../base/printable.ts";
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

/** Extends the time limit of the service manager for the present operation. */
export function extendTimeout(milliseconds: number): string {
  return `EXTEND_TIMEOUT_USEC=${Math.ceil(milliseconds * 1000)}`;
}

/** A reload has begun at this time of CLOCK_MONOTONIC; READY=1 ends it. */
export function reloading(monoMs: number): readonly string[] {
  return ["RELOADING=1", `MONOTONIC_USEC=${Math.floor(monoMs * 1000)}`];
}

/** The daemon exits without having run. @param errno of errno(3), if one fits */
export function failed(why: string, exitStatus: number, errno?: number): readonly string[] {
  const number = errno === undefined ? [] : [`ERRNO=${errno}`];
  return [status(`did not start: ${why}`), ...number, `EXIT_STATUS=${exitStatus}`];
}

// Notifications of programs by sd_notify(3), which are untrusted bytes.

/** Bytes of a message that are read. */
export const MOST_NOTICE = 4096;
/** Characters of a status that are shown. */
const MOST_STATUS = 200;
/** A longer extension is taken for this, in milliseconds: a year. */
const LONGEST_EXTENSION = 365 * 24 * 3_600_000;

/** A parsed message; missing keys are false or null. */
export interface ProgramNotice {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly watchdog: boolean;
  /** One printable line, perhaps empty. */
  readonly status: string | null;
  /** Requested milliseconds from now for the present start or stop. */
  readonly extendMs: number | null;
}

const DECODER = new TextDecoder("utf-8");

/** Reads `KEY=VALUE` lines. Unknown keys (FDSTORE, MAINPID, …) and wrong values are skipped. */
export function parseNotice(bytes: Uint8Array): ProgramNotice {
  const notice = {
    ...{ ready: false, stopping: false, watchdog: false },
    status: null as string | null,
    extendMs: null as number | null,
  };
  for (const line of DECODER.decode(bytes.subarray(0, MOST_NOTICE)).split("\n")) {
    const equals = line.indexOf("=");
    const value = line.slice(equals + 1);
    switch (line.slice(0, Math.max(equals, 0))) {
      case "READY":
        notice.ready ||= value === "1";
        break;
      case "STOPPING":
        notice.stopping ||= value === "1";
        break;
      case "WATCHDOG":
        notice.watchdog ||= value === "1";
        break;
      case "STATUS":
        notice.status = statusOf(value);
        break;
      case "EXTEND_TIMEOUT_USEC":
        notice.extendMs = millisecondsOf(value) ?? notice.extendMs;
        break;
    }
  }
  return notice;
}

function statusOf(value: string): string {
  const text = replaceControls(value, () => " ").trim();
  const characters = Array.from(text.slice(0, 2 * MOST_STATUS));
  return characters.length > MOST_STATUS
    ? `${characters.slice(0, MOST_STATUS - 1).join("")}…`
    : text;
}

function millisecondsOf(value: string): number | null {
  if (!/^\d{1,20}$/.test(value)) return null;
  return Math.min(Math.ceil(Number(value) / 1000), LONGEST_EXTENSION);
}
