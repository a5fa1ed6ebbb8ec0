// What a program says of itself by sd_notify(3). The bytes are a program's, so anything may come.

import { replaceControls } from "../base/printable.ts";

/** Bytes of a message that are looked at. */
export const MOST_NOTICE = 4096;
/** Characters of a status that are shown. */
const MOST_STATUS = 200;
/** A longer extension is taken for this, in milliseconds: a year. */
const LONGEST_EXTENSION = 365 * 24 * 3_600_000;

/** What a message says; what it does not mention is false or null. */
export interface ProgramNotice {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly watchdog: boolean;
  /** One printable line, perhaps empty. */
  readonly status: string | null;
  /** Milliseconds from now that the start or stop under way may take. */
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
