// The forms that a line of output may have, as configurations name them: see line-format.ts.

/** What `log_format` may be. */
export const LOG_FORMATS = ["raw", "prefix", "json", "logfmt"] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];
/** `plain`: whole lines, as they are. */
export type LineFormat = LogFormat | "plain";

/**
 * What `log_timestamp` may be, besides `none`:
 * `time` 12:04:07; `iso` 2026-03-01T12:04:07+01:00; `iso-ms` the same with milliseconds; `utc` 2026-03-01T11:04:07.123Z;
 * `unix` 1772363047.123 (seconds since 1970).
 */
export const LINE_TIMES = ["none", "time", "iso", "iso-ms", "utc", "unix"] as const;

export type LineTime = (typeof LINE_TIMES)[number];
