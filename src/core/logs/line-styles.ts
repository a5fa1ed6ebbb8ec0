// The formats of a line of output, by their names in the configuration: see line-format.ts.

/** The values of `log_format`. */
export const LOG_FORMATS = ["raw", "prefix", "json", "logfmt"] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];
/** `plain`: whole lines, unchanged. */
export type LineFormat = LogFormat | "plain";

/**
 * The values of `log_timestamp`, besides `none`:
 * `time` 12:04:07; `iso` 2026-03-01T12:04:07+01:00; `iso-ms` the same with milliseconds; `utc` 2026-03-01T11:04:07.123Z;
 * `unix` 1772363047.123 (seconds since 1970).
 */
export const LINE_TIMES = ["none", "time", "iso", "iso-ms", "utc", "unix"] as const;

export type LineTime = (typeof LINE_TIMES)[number];
