// The options of programs that say where their output goes.
import type { OptionEntry } from "./entry.ts";

/** In the order of the manual. */
export const OUTPUT_OPTIONS: readonly OptionEntry[] = [
  {
    section: "program",
    key: "stdout_logfile",
    kind: "logfile",
    default: "AUTO",
    doc: "Log of standard output: a path, AUTO or NONE.",
  },
  {
    section: "program",
    key: "stdout_logfile_maxbytes",
    kind: "byte size",
    default: "50MB",
    doc: "Size at which that log rotates; 0 never rotates.",
  },
  {
    section: "program",
    key: "stdout_logfile_backups",
    kind: "integer",
    default: "10",
    doc: "How many rotated logs are kept.",
  },
  {
    section: "program",
    key: "stdout_logfile_flush_interval",
    kind: "integer",
    default: null,
    doc: "Seconds that standard output may wait in memory; as logfile_flush_interval if not given.",
  },
  {
    section: "program",
    key: "stdout_capture_maxbytes",
    kind: "byte size",
    default: "0",
    doc: "Bytes kept between capture tokens; 0 turns capture off.",
  },
  {
    section: "program",
    key: "stdout_events_enabled",
    kind: "boolean",
    default: "false",
    doc: "Emit an event for what appears on standard output.",
  },
  {
    section: "program",
    key: "stdout_syslog",
    kind: "boolean",
    default: "false",
    doc: "Send standard output to syslog as well.",
  },
  {
    section: "program",
    key: "stderr_logfile",
    kind: "logfile",
    default: "AUTO",
    doc: "Log of standard error: a path, AUTO or NONE.",
  },
  {
    section: "program",
    key: "stderr_logfile_maxbytes",
    kind: "byte size",
    default: "50MB",
    doc: "Size at which that log rotates; 0 never rotates.",
  },
  {
    section: "program",
    key: "stderr_logfile_backups",
    kind: "integer",
    default: "10",
    doc: "How many rotated logs are kept.",
  },
  {
    section: "program",
    key: "stderr_logfile_flush_interval",
    kind: "integer",
    default: null,
    doc: "Seconds that standard error may wait in memory; as logfile_flush_interval if not given.",
  },
  {
    section: "program",
    key: "stderr_capture_maxbytes",
    kind: "byte size",
    default: "0",
    doc: "Bytes kept between capture tokens; 0 turns capture off.",
  },
  {
    section: "program",
    key: "stderr_events_enabled",
    kind: "boolean",
    default: "false",
    doc: "Emit an event for what appears on standard error.",
  },
  {
    section: "program",
    key: "stderr_syslog",
    kind: "boolean",
    default: "false",
    doc: "Send standard error to syslog as well.",
  },
];
