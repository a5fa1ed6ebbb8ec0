// The options for the output of programs, in the order of the manual.
import { type OptionTable, own } from "./entry.ts";

/** Of each channel: a key follows `stdout_` or `stderr_`, and {} stands for the channel's name. */
export const CHANNEL = {
  logfile: {
    key: "logfile",
    kind: "logfile",
    default: "AUTO",
    isEach: true,
    wire: "logfile",
    doc: "Log of {}: a path, AUTO or NONE.",
  },
  maxBytes: {
    key: "logfile_maxbytes",
    kind: "byte size",
    default: "50MB",
    isEach: true,
    wire: "logfile_maxbytes",
    doc: "Size at which that log rotates; 0 never rotates.",
  },
  backups: {
    key: "logfile_backups",
    kind: "integer",
    default: "10",
    isEach: true,
    minimum: 0,
    wire: "logfile_backups",
    doc: "How many rotated logs are kept.",
  },
  ...own({
    flushSecs: {
      key: "logfile_flush_interval",
      kind: "integer",
      isEach: true,
      minimum: 0,
      sample: "60",
      doc: "Seconds that {} may wait in memory; as logfile_flush_interval if not given.",
    },
    rotate: {
      key: "logfile_rotate",
      kind: "rotation period",
      isEach: true,
      sample: "daily",
      doc: "Rotate that log by time too: hourly, daily, weekly or monthly.",
    },
    compress: {
      key: "logfile_compress",
      kind: "compression",
      default: "none",
      isEach: true,
      sample: "gzip",
      doc: "Compress rotated logs of {}: gzip, zstd or none.",
    },
    mode: {
      key: "logfile_mode",
      kind: "file mode",
      isEach: true,
      sample: "0640",
      doc: "Mode of that log when tsv makes it; 0666 less the umask if not given.",
    },
    owner: {
      key: "logfile_owner",
      kind: "user and group",
      isEach: true,
      sample: "root",
      doc: "Owner of that log when tsv makes it: user or user:group. For root only.",
    },
  }),
  captureMaxBytes: {
    key: "capture_maxbytes",
    kind: "byte size",
    default: "0",
    wire: "capture_maxbytes",
    doc: "Bytes kept between capture tokens; 0 turns capture off.",
  },
  eventsEnabled: {
    key: "events_enabled",
    kind: "boolean",
    default: "false",
    wire: "events_enabled",
    doc: "Emit an event for what appears on {}.",
  },
  syslog: {
    key: "syslog",
    kind: "boolean",
    default: "false",
    isEach: true,
    wire: "syslog",
    doc: "Send {} to syslog as well.",
  },
} as const satisfies OptionTable;

type OfChannel<T> = { readonly [F in keyof T]: Omit<T[F], "key"> & { readonly key: string } };

function ofChannel(channel: "stdout" | "stderr", called: string): OfChannel<typeof CHANNEL> {
  const rows = Object.entries(CHANNEL).map(([field, row]) => {
    const key = `${channel}_${row.key}`;
    const wire = "wire" in row ? { wire: `${channel}_${row.wire}` } : {};
    return [field, { ...row, ...wire, key, doc: row.doc.replace("{}", called) }] as const;
  });
  return Object.fromEntries(rows) as OfChannel<typeof CHANNEL>;
}

/** The options of each channel, as they are written. */
export const CHANNELS = {
  stdout: ofChannel("stdout", "standard output"),
  stderr: ofChannel("stderr", "standard error"),
} as const;
