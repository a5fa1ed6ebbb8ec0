// The options for the output of programs, in the order of the manual.
import { type OptionTable, option, own } from "./entry.ts";

/** Of each channel: a key follows `stdout_` or `stderr_`. */
export const CHANNEL = {
  logfile: option("logfile", "logfile", "AUTO", { isEach: true, wire: true }),
  maxBytes: option("logfile_maxbytes", "size", "50MB", { isEach: true, wire: true }),
  backups: option("logfile_backups", "integer", "10", { isEach: true, minimum: 0, wire: true }),
  ...own({
    flushSecs: option("logfile_flush_interval", "integer", null, {
      isEach: true,
      minimum: 0,
      sample: "60",
    }),
    rotate: option("logfile_rotate", "rotation period", null, { isEach: true, sample: "daily" }),
    compress: option("logfile_compress", "compression", "none", { isEach: true, sample: "gzip" }),
    mode: option("logfile_mode", "file mode", null, { isEach: true, sample: "0640" }),
    owner: option("logfile_owner", "user and group", null, { isEach: true, sample: "root" }),
  }),
  captureMaxBytes: option("capture_maxbytes", "size", "0", { wire: true }),
  eventsEnabled: option("events_enabled", "boolean", "false", { wire: true }),
  syslog: option("syslog", "boolean", "false", { isEach: true, wire: true }),
} as const satisfies OptionTable;

type OfChannel<T> = { readonly [F in keyof T]: Omit<T[F], "key"> & { readonly key: string } };

function ofChannel(channel: "stdout" | "stderr"): OfChannel<typeof CHANNEL> {
  const rows = Object.entries(CHANNEL).map(([field, row]) => {
    return [field, { ...row, key: `${channel}_${row.key}` }] as const;
  });
  return Object.fromEntries(rows) as OfChannel<typeof CHANNEL>;
}

/** The options of each channel, as they are written. */
export const CHANNELS = { stdout: ofChannel("stdout"), stderr: ofChannel("stderr") } as const;
