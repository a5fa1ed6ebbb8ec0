// The options for how the output of a program is written, of both channels. Supervisor has none of them.

import type { OptionTable } from "./entry.ts";

/** Part of the table of [program:x]. */
export const OUTPUT = {
  logFormat: {
    key: "log_format",
    kind: "log format",
    default: "raw",
    change: "restart",
    isOwn: true,
    sample: "json",
    doc: "Form of lines in its logs: raw, prefix, json or logfmt.",
  },
  logTimestamp: {
    key: "log_timestamp",
    kind: "log timestamp",
    default: null,
    change: "restart",
    isOwn: true,
    sample: "iso",
    doc: "Time in front of lines: none, time, iso, iso-ms, utc or unix.",
  },
  logRateLimit: {
    key: "log_rate_limit",
    kind: "line rate",
    default: null,
    change: "restart",
    isOwn: true,
    sample: "1000/s",
    doc: "Most lines that each channel may log in a time; others are dropped and counted.",
  },
} as const satisfies OptionTable;
